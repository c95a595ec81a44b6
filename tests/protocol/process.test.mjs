import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { freePort, startServer } from '../lib/server.mjs';
import { keepAlive } from './support.mjs';

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

function isHealthy(port) {
  return new Promise((done) => {
    const asked = http.get({ port, host: '127.0.0.1', path: '/api/__health_check', agent: false }, (answer) => { answer.resume(); done(answer.statusCode === 200); });
    asked.on('error', () => done(false));
  });
}

test('SIGTERM ends the process with code 0 although connections are open', async () => {
  const server = await startServer();
  const open = await Promise.all(Array.from({ length: 50 }, () => keepAlive(server.port)));
  open.forEach((socket) => socket.removeAllListeners('error').on('error', () => {}));
  open[0].write('GET / HT');  // one is in the middle of a request
  const began = performance.now();
  const { code } = await server.kill('SIGTERM');
  const took = performance.now() - began;
  await server.stop();
  assert.equal(code, 0);
  assert.ok(took < 2000, `took ${took} ms`);
});

test('a second start on the same folder is quick, and idle memory small', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-'));
  const port = await freePort();
  await (await startServer({ folder, port })).kill('SIGTERM');
  const began = performance.now();
  const server = await startServer({ folder, port, waitForHealth: false });
  try {
    while (server.alive() && !(await isHealthy(port)) && performance.now() - began < 20_000) await pause(2);
    const took = performance.now() - began;
    await pause(500);
    const resident = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))[1]) / 1024;
    t.diagnostic(`healthy after ${took.toFixed(0)} ms, ${resident.toFixed(1)} MiB resident`);
    assert.ok(server.alive(), server.logs());
    assert.ok(took < 300, `healthy after ${took} ms`);
    assert.ok(resident < 40, `${resident} MiB resident`);
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});
