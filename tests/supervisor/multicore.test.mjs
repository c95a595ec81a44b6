// Several processes on one port: who serves, who crashes, and who is told what.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import test from 'node:test';
import { until } from '../fleet/fleet.mjs';
import { Client } from '../lib/client.mjs';
import { binary, freePort, serverEnv } from '../lib/server.mjs';
import { missing, prepare, startLoad } from './load.mjs';
import { alive, allServe, childrenOf, dialects, pidsOf, run, startSupervised, statusOf } from './supervised.mjs';

for (const dialect of dialects) {
  test(`${dialect}: the nodes share a port and are one fleet without further settings`, async (t) => {
    const server = await startSupervised(t, { dialect, processes: 3 });
    await until('all serve', async () => allServe(await statusOf(server), 3));
    const { supervisor, nodes } = await statusOf(server);
    assert.equal(supervisor.pid, server.pid);
    assert.deepEqual(childrenOf(server.pid).sort(), pidsOf({ nodes }).sort());
    const root = new Client(server.url);
    await root.signIn();
    const fleet = await root.data('GET', '/api/fleet:nodes');
    assert.deepEqual(fleet.map((node) => node.pid).sort(), pidsOf({ nodes }).sort());
    assert.equal(new Set(fleet.map((node) => node.workerId)).size, 3);
    for (const node of fleet) assert.deepEqual(node.adapters, { cache: 'memory', lock: 'database', pubsub: 'database', queue: 'database', workerId: 'database' });
    await root.data('POST', '/api/collections:create', { name: 'notes', fields: [{ name: 'text', type: 'string' }] });
    const load = startLoad(t, server.port, root.token, { kept: 12, fresh: 4 });
    await until('some answers', async () => load.answered() > 400, 60_000);
    const { failures, acknowledged } = await load.stop();
    assert.deepEqual(failures, []);
    assert.deepEqual(await missing(root, acknowledged), []);
    for (const slot of ['1/3', '2/3', '3/3'])
      assert.ok(server.logs().split('\n').some((line) => line.includes('notes:') && line.includes(`"slot":"${slot}"`) || line.includes('notes:') && line.includes(`slot=${slot}`)), `node ${slot} got no request`);
    assert.match(server.logs(), /slot[^\n]*supervisor/);
  });

  test(`${dialect}: a killed node takes only its own connections with it, and comes back`, async (t) => {
    const server = await startSupervised(t, { dialect });
    const client = await prepare(server);
    await until('all serve', async () => allServe(await statusOf(server), 2));
    const before = await statusOf(server);
    const load = startLoad(t, server.port, client.token, { kept: 16, fresh: 2 });
    await until('under load', async () => load.answered() > 200, 60_000);
    const [victim, other] = before.nodes;
    process.kill(victim.pid, 'SIGKILL');
    await until('it is back', async () => { const now = await statusOf(server); return allServe(now, 2) && !pidsOf(now).includes(victim.pid); });
    const answered = load.answered();
    await until('the load goes on', async () => load.answered() > answered + 200, 60_000);
    const { failures, acknowledged } = await load.stop();
    assert.ok(failures.length <= 18, `${failures.length} failed: more than were connected to it`);
    assert.ok(failures.every((line) => /ended without an answer|inside a (head|body)|ECONNRESET/.test(line)), failures.join('\n'));
    assert.ok(pidsOf(await statusOf(server)).includes(other.pid), 'the other one was left alone');
    assert.deepEqual(await missing(client, acknowledged), []);
    assert.match(server.logs(), /node 1 was ended by signal 9; it is started again in \d+ ms/);
  });
}

test('who keeps crashing is started again less and less often, and the log says so; the other one serves', async (t) => {
  const server = await startSupervised(t);
  await until('all serve', async () => allServe(await statusOf(server), 2));
  const steady = (await statusOf(server)).nodes[1].pid;
  await until('it is told as an error', async () => {
    for (const node of (await statusOf(server)).nodes) if (node.slot === 1) { try { process.kill(node.pid, 'SIGKILL'); } catch { /* gone already */ } }
    return /node 1 keeps ending: it was ended by signal 9, 5 times in a row now/.test(server.logs());
  });
  assert.match(server.logs(), /"level":"error"[^\n]*keeps ending|error[^\n]*keeps ending/);
  for (let i = 0; i < 40; ++i) assert.equal((await fetch(`${server.url}/readyz`, { headers: { connection: 'close' } })).status, 200);
  assert.ok(pidsOf(await statusOf(server)).includes(steady));
  const waits = [...server.logs().matchAll(/(?:started again|tried again) in (\d+) ms/g)].map((match) => Number(match[1]));
  assert.ok(waits[4] > 4 * waits[0], waits.join());
});

test('without an APP_KEY the nodes take the secret of their storage folder', async (t) => {
  const server = await startSupervised(t, { env: { APP_KEY: '' } });
  await until('all serve', async () => allServe(await statusOf(server), 2));
  const root = new Client(server.url);
  await root.signIn();
  // Every connection may reach either of them.
  for (let i = 0; i < 20; ++i) assert.equal((await root.get('/api/fleet:nodes', { connection: 'close' })).status, 200);
});

test('nodes do not outlive their supervisor', async (t) => {
  const server = await startSupervised(t);
  const pids = pidsOf(await statusOf(server));
  assert.equal(pids.length, 2);
  await server.kill('SIGKILL');
  await until('they are gone', async () => pids.every((pid) => !alive(pid)));
});

test('settings under which several processes could not work together are refused', async (t) => {
  const server = await startSupervised(t);
  for (const [name, value] of [['PUBSUB_ADAPTER', 'memory'], ['QUEUE_ADAPTER', 'memory'], ['LOCK_ADAPTER_DEFAULT', 'local'], ['CLUSTER_MODE', 'many'], ['CLUSTER_MODE', '-2'], ['CLUSTER_MODE', '32']]) {
    const env = serverEnv(server.folder, await freePort(), { CLUSTER_MODE: '2', [name]: value });
    const done = spawnSync(binary, ['start'], { cwd: server.folder, env, encoding: 'utf8', timeout: 20_000 });
    assert.equal(done.status, 2, name);
    assert.ok(done.stderr.startsWith(`flotilla: ${name}: got "${value}"`), done.stderr);
  }
});

test('a start that cannot succeed ends with its code, and leaves nothing behind', async (t) => {
  const server = await startSupervised(t);
  const env = { ...server.env, APP_KEY: 'another-key-than-the-running-nodes-have', APP_PORT: String(await freePort()) };
  const done = spawnSync(binary, ['start'], { cwd: server.folder, env, encoding: 'utf8', timeout: 60_000 });
  assert.equal(done.status, 1, done.stdout);
  assert.match(done.stderr, /APP_KEY/);
  assert.equal(allServe(await statusOf(server), 2), true);
});

test('a second supervisor on the port is refused', async (t) => {
  const server = await startSupervised(t);
  const done = spawnSync(binary, ['start'], { cwd: server.folder, env: server.env, encoding: 'utf8', timeout: 20_000 });
  assert.equal(done.status, 1);
  assert.match(done.stderr, /a supervisor answers at .*\.sock already/);
  const elsewhere = { ...server.env, STORAGE_PATH: `${server.env.STORAGE_PATH}-2` };
  const shared = spawnSync(binary, ['start'], { cwd: server.folder, env: elsewhere, encoding: 'utf8', timeout: 20_000 });
  assert.equal(shared.status, 1);
  assert.match(shared.stderr, /APP_PORT: cannot listen/);
});

test('without a supervisor there is nobody to ask', async (t) => {
  const server = await startSupervised(t, { processes: 1 });
  assert.deepEqual(childrenOf(server.pid), []);
  for (const command of ['reload', 'upgrade-binary', 'status']) {
    const { code, error } = await run(server, command);
    assert.equal(code, 1);
    assert.match(error, /no supervisor answers at .*: is `flotilla start` running with these settings, and CLUSTER_MODE above 1\?/);
  }
});
