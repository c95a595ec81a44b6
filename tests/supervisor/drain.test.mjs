// The end of a node and of a supervisor under load: what was begun is finished, what may hurry hurries.
import assert from 'node:assert/strict';
import test from 'node:test';
import { openFleet, until } from '../fleet/fleet.mjs';
import { startDatabase } from '../lib/databases.mjs';
import { freePort, sleep } from '../lib/server.mjs';
import { startNginx } from '../lib/servers/nginx.mjs';
import { Socket } from '../lib/websocket.mjs';
import { Wire } from '../lib/wire.mjs';
import { missing, prepare, startLoad } from './load.mjs';
import { allServe, dialects, notBehind, startSupervised, statusOf } from './supervised.mjs';

const readiness = async (server) => (await fetch(`${server.url}/readyz`, { headers: { connection: 'close' } })).status;

for (const dialect of dialects) {
  for (const processes of [1, 2]) {
    test(`${dialect}, ${processes} process(es): SIGTERM under load fails no request`, async (t) => {
      const server = await startSupervised(t, { dialect, processes });
      const client = await prepare(server);
      const load = startLoad(t, server.port, client.token);
      await until('under load', async () => load.answered() > 300, 60_000);
      load.refusable();
      assert.deepEqual(await server.kill('SIGTERM'), { code: 0, signal: null }, server.logs().slice(-3000));
      const { failures, acknowledged } = await load.ended();
      assert.deepEqual(failures, []);
      assert.ok(acknowledged.length > 0);
      server.again = await server.restart();
      assert.deepEqual(await missing(client, acknowledged), []);
    });
  }
}

test('the same load notices when nothing is drained', async (t) => {
  const server = await startSupervised(t, { processes: 1 });
  const client = await prepare(server);
  const load = startLoad(t, server.port, client.token);
  await until('under load', async () => load.answered() > 300, 60_000);
  load.refusable();
  await server.kill('SIGKILL');
  const { failures } = await load.ended();
  assert.ok(failures.length > 0, 'a kill -9 was not noticed');
});

test('two starts behind nginx: one ends, no request fails', async (t) => {
  const database = await startDatabase('postgres');
  const fleet = openFleet(t, { ...database.env, ...notBehind, CLUSTER_MODE: '2' });
  t.after(() => database.stop());
  const one = await fleet.start(), two = await fleet.start();
  const nginx = await startNginx(await freePort(), [one.port, two.port]);
  t.after(() => nginx.stop());
  const client = await prepare(one);
  const load = startLoad(t, nginx.port, client.token);
  await until('under load', async () => load.answered() > 300, 60_000);
  assert.deepEqual(await one.kill('SIGTERM'), { code: 0, signal: null });
  const answered = load.answered();
  await until('the load goes on', async () => load.answered() > answered + 300, 60_000);
  const { failures, acknowledged } = await load.stop();
  assert.deepEqual(failures, []);
  assert.ok(acknowledged.length > 0);
  client.url = two.url;
  assert.deepEqual(await missing(client, acknowledged), []);
});

for (const processes of [1, 2]) {
  test(`${processes} process(es): for the named delay a node is not ready and serves on`, async (t) => {
    const server = await startSupervised(t, { processes, env: { FLOTILLA_DRAIN_DELAY_MS: '2000' } });
    const client = await prepare(server);
    if (processes > 1) await until('all serve', async () => allServe(await statusOf(server), processes));
    const begun = Date.now();
    const ended = server.kill('SIGTERM');
    await until('not ready', async () => (await readiness(server)) === 503, 1500);
    let served = 0;
    while (Date.now() - begun < 1500) {
      const answer = await client.get('/api/notes:list', { connection: 'close' });
      assert.equal(answer.status, 200, answer.text);
      assert.equal(await readiness(server), 503);
      ++served;
      await sleep(20);
    }
    assert.ok(served > 5);
    assert.deepEqual(await ended, { code: 0, signal: null });
    assert.ok(Date.now() - begun >= 2000);
    await assert.rejects(new Wire(server.port).connected, /ECONNREFUSED/);
  });

  test(`${processes} process(es): a second SIGTERM skips the delay and cuts what runs`, async (t) => {
    const server = await startSupervised(t, { processes, env: { FLOTILLA_DRAIN_DELAY_MS: '60000', FLOTILLA_DRAIN_DEADLINE_MS: '60000' } });
    if (processes > 1) await until('all serve', async () => allServe(await statusOf(server), processes));
    // A body that never comes.
    const wire = new Wire(server.port);
    await wire.connected;
    wire.write('POST /api/auth:signIn HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{');
    const begun = Date.now();
    const ended = server.kill('SIGTERM');
    await until('not ready', async () => (await readiness(server)) === 503, 5000);
    server.kill('SIGTERM');
    await ended;
    assert.ok(Date.now() - begun < 15_000, `${Date.now() - begun} ms`);
    assert.equal(await wire.ends(1000), true);
  });
}

test('every step of an end is logged with how long it took', async (t) => {
  const server = await startSupervised(t, { processes: 1 });
  const socket = await Socket.open(server.port);
  await socket.message();
  const ended = server.kill('SIGTERM');
  const frame = await socket.frame();
  assert.equal(frame.opcode, 8);
  assert.equal(frame.payload.readUInt16BE(0), 1012);
  assert.deepEqual(await ended, { code: 0, signal: null });
  const steps = [...server.logs().matchAll(/stopping.*?step["=:]+"?([^"]+)"?.*?ms["=:]+(\d+)/g)].map((match) => match[1]);
  assert.deepEqual(steps, ['not ready any more', 'took the last connections', 'ended requests and WebSockets', 'ended jobs', 'ended outbox and signals', 'returned leases', 'closed adapters', 'gave everything back']);
});
