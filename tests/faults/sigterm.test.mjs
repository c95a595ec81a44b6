// SIGTERM: what is under way is answered, idle connections end, nothing new gets in, the exit code is 0, and what was
// acknowledged is there after the next start.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Client } from '../lib/client.mjs';
import { sleep, startServer } from '../lib/server.mjs';
import { Wire } from '../lib/wire.mjs';
import { examineFile, makeCollections, startBulkCreates, stateOf } from './bulk_workload.mjs';

test('SIGTERM during bulk creates loses nothing and exits with 0', async (t) => {
  let server = await startServer();
  t.after(() => server.stop());
  const client = new Client(server.url);
  await client.signIn();
  await makeCollections(client);
  const stop = startBulkCreates(server.url, client.token, 4, 'term');
  await sleep(200);
  const began = performance.now();
  assert.deepEqual(await server.kill('SIGTERM'), { code: 0, signal: null }, server.logs());
  assert.ok(performance.now() - began < 5000, 'the end took over 5 s');
  const { sent, acknowledged, refused } = await stop();
  assert.ok(acknowledged.length > 0);
  server = await server.restart();
  const states = await stateOf(client, sent);
  assert.deepEqual(acknowledged.filter((batch) => states.get(batch) !== 'whole'), []);
  assert.deepEqual([...states].filter(([, state]) => state !== 'whole' && state !== 'absent'), []);
  // A drained server may turn new work away, but then with 503.
  assert.deepEqual(refused.filter((line) => !/: 503 /.test(line)), []);
  assert.deepEqual(await examineFile(server.env.DB_STORAGE), []);
});

test('a request under way at SIGTERM is answered', async (t) => {
  const server = await startServer();
  t.after(() => server.stop());
  const wire = new Wire(server.port);
  t.after(() => wire.destroy());
  const body = JSON.stringify({ account: 'nocobase', password: 'admin123' });
  wire.write(`POST /api/auth:signIn HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nX-Authenticator: basic\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  // Hashing the password takes tens of milliseconds; the signal arrives within.
  await sleep(10);
  const ended = server.kill('SIGTERM');
  const answer = await wire.next();
  assert.equal(answer?.status, 200, 'no answer');
  assert.ok(answer.body.data.token);
  assert.equal(await wire.ends(), true);
  assert.deepEqual(await ended, { code: 0, signal: null });
});

test('idle and half-sent connections do not hold up the end', async (t) => {
  const server = await startServer();
  t.after(() => server.stop());
  const idle = new Wire(server.port), used = new Wire(server.port);
  for (const wire of [idle, used]) { t.after(() => wire.destroy()); await wire.connected; }
  used.write('GET /livez HTTP/1.1\r\nHost: x\r\n\r\n');
  assert.equal((await used.next()).status, 200);
  const began = performance.now();
  assert.deepEqual(await server.kill('SIGTERM'), { code: 0, signal: null });
  assert.ok(performance.now() - began < 5000, 'idle connections were waited for');
  assert.equal(await idle.ends(1000), true);
  assert.equal(await used.ends(1000), true);
  await assert.rejects(new Wire(server.port).connected, /ECONNREFUSED/);
});

/** Asks without pause on one connection, so that the first healthy answer is seen as early as can be. */
async function firstHealthyAnswer(server) {
  for (;;) {
    assert.ok(server.alive(), server.logs());
    const wire = new Wire(server.port);
    try {
      await wire.connected;
      for (;;) {
        wire.write('GET /api/__health_check HTTP/1.1\r\nHost: x\r\n\r\n');
        if ((await wire.next()).status === 200) return wire;
      }
    } catch {
      wire.destroy();  // not listening yet
      await sleep(1);
    }
  }
}

test('SIGTERM at the first healthy answer is an orderly end too', async (t) => {
  const first = await startServer();
  t.after(() => first.stop());
  await first.kill('SIGTERM');
  for (let i = 0; i < 30; ++i) {
    const server = await startServer({ folder: first.folder, waitForHealth: false });
    const wire = await firstHealthyAnswer(server);
    const how = await server.kill('SIGTERM');
    wire.destroy();
    assert.deepEqual(how, { code: 0, signal: null }, `start ${i}`);
  }
});
