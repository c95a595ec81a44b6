// Who is in the fleet: what nodes tell of themselves, how they join, leave and vanish, and what each of them serves.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { hostname } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { Client } from '../lib/client.mjs';
import { startRedis } from '../lib/servers/redis.mjs';
import { nodesSeenBy, openFleet, rootOf, shared, until } from './fleet.mjs';

test('every node lists all nodes with what they are', async (t) => {
  const fleet = openFleet(t);
  const one = await fleet.start(), two = await fleet.start({ WORKER_MODE: '!' });
  for (const asked of [one, two]) {
    const nodes = await nodesSeenBy(asked);
    assert.deepEqual(nodes.map((node) => node.pid), [one.pid, two.pid]);
    assert.deepEqual(nodes.map((node) => node.mode), ['', '!']);
    for (const node of nodes) {
      assert.deepEqual(Object.keys(node), ['id', 'host', 'pid', 'version', 'mode', 'workerId', 'adapters', 'schemaEpoch', 'schemaHash', 'startedAt', 'lastSeen']);
      assert.equal(node.host, hostname());
      assert.deepEqual(node.adapters, { cache: 'memory', lock: 'database', pubsub: 'database', queue: 'database', workerId: 'database' });
      assert.ok(Date.parse(node.startedAt) <= Date.parse(node.lastSeen), JSON.stringify(node));
      assert.match(node.version, /^\d+\.\d+\.\d+$/);
    }
    assert.equal(new Set(nodes.map((node) => node.id)).size, 2);
    assert.equal(new Set(nodes.map((node) => node.workerId)).size, 2);
    assert.ok(nodes.every((node) => Number.isInteger(node.workerId) && node.workerId >= 0 && node.workerId < 32));
  }
});

test('the list of nodes is for root', async (t) => {
  const fleet = openFleet(t);
  const node = await fleet.start();
  assert.equal((await new Client(node.url).get('/api/fleet:nodes')).status, 401);
  const root = await rootOf(node);
  await root.data('POST', '/api/users:create', { username: 'mia', password: 'mia-12345', email: 'mia@example.com' });
  const mia = new Client(node.url);
  await mia.signIn('mia', 'mia-12345');
  const refused = await mia.get('/api/fleet:nodes');
  assert.equal(refused.status, 403, refused.text);
});

test('a node that ends is gone at once, one that was killed after its silence', async (t) => {
  const fleet = openFleet(t);
  const stays = await fleet.start(), ends = await fleet.start(), dies = await fleet.start();
  assert.equal((await nodesSeenBy(stays)).length, 3);
  await ends.kill('SIGTERM');
  assert.deepEqual((await nodesSeenBy(stays)).map((node) => node.pid), [stays.pid, dies.pid]);
  await dies.kill('SIGKILL');
  await until('the killed node is gone', async (tell) => { const nodes = await nodesSeenBy(stays); tell(nodes); return nodes.length === 1; }, 60_000);
});

test('ids of records never repeat between nodes', async (t) => {
  const fleet = openFleet(t);
  const one = await fleet.start();
  const root = await rootOf(one);
  await root.data('POST', '/api/collections:create', { name: 'notes', fields: [{ name: 'id', type: 'snowflakeId', primaryKey: true }, { name: 'text', type: 'string' }], autoGenId: false });
  // Started after the collection was made: nodes on SQLite do not follow each other's changes of the schema yet.
  const others = [one, await fleet.start(), await fleet.start()];
  const clients = await Promise.all(others.map(rootOf));
  const made = await Promise.all(clients.flatMap((client, n) => Array.from({ length: 50 }, (_, i) => client.data('POST', '/api/notes:create', { text: `${n}.${i}` }))));
  const ids = made.map((record) => String(record.id));
  assert.equal(new Set(ids).size, 150);
  assert.ok(ids.every((id) => Number(id) > 1e10 && Number.isSafeInteger(Number(id))), ids.join());
});

test('an in-process adapter is refused where others work: the variable to set is named, nothing else happens', async (t) => {
  const fleet = openFleet(t);
  const first = await fleet.start();
  for (const [variable, value, takes] of [['PUBSUB_ADAPTER', 'memory', 'database or redis'], ['QUEUE_ADAPTER', 'memory', 'database, redis or rabbitmq'], ['LOCK_ADAPTER_DEFAULT', 'local', 'database or redis']]) {
    const { code, error, out } = await fleet.run(['start'], { [variable]: value });
    assert.notEqual(code, 0);
    const said = error + out;
    assert.ok(said.includes(`${variable}=${value} stays inside this process`), said);
    assert.ok(said.includes(`set ${variable} to ${takes} on every node`), said);
    assert.ok(said.includes(`pid ${first.pid}`), said);
  }
  assert.equal((await nodesSeenBy(first)).length, 1);
});

test('a node alone takes what is in the process; who joins it is told what to change there', async (t) => {
  const fleet = openFleet(t, {});
  const first = await fleet.start();
  const { code, error, out } = await fleet.run(['start'], shared);
  assert.notEqual(code, 0);
  assert.match(error + out, /works on the same database with [A-Z_]+=(memory|local), which stays inside its process/);
  await first.kill('SIGKILL');
  // Its record was left behind: that is no reason to wait.
  const again = await fleet.start(shared);
  assert.ok((await nodesSeenBy(again)).some((node) => node.pid === again.pid));
});

test('a node without ! serves no requests, only its probes', async (t) => {
  const fleet = openFleet(t);
  const serves = await fleet.start({ WORKER_MODE: '!' }), works = await fleet.start({ WORKER_MODE: '*' });
  const root = await rootOf(serves);
  const client = new Client(works.url);
  client.token = root.token;
  for (const path of ['/api/users:list', '/api/fleet:nodes', '/api/auth:check']) {
    const answer = await client.get(path);
    assert.equal(answer.status, 503, path);
    assert.equal(answer.body.errors[0].code, 'NOT_SERVING');
    assert.ok(answer.body.errors[0].message.includes('WORKER_MODE=*'), answer.text);
  }
  for (const path of ['/livez', '/readyz', '/startupz', '/api/__health_check']) assert.equal((await client.get(path)).status, 200, path);
  assert.equal((await root.get('/api/users:list')).status, 200);
});

test('an unknown kind of work is refused with the known ones', async (t) => {
  const fleet = openFleet(t);
  const { code, error } = await fleet.run(['start'], { WORKER_MODE: '!,mail' });
  assert.equal(code, 2);
  assert.match(error, /^flotilla: WORKER_MODE: got "mail", takes .*workflow:process, async-task:process\n$/);
});

test('a node whose worker id ran out is not ready, and is again by itself when Redis is back', async (t) => {
  const server = await startRedis({ version: 8 });
  t.after(() => server.stop());
  const fleet = openFleet(t);
  const node = await fleet.start({ REDIS_URL: server.url, FLOTILLA_WORKER_ID_LEASE_MS: '1500' });
  const client = await rootOf(node);
  assert.equal((await client.get('/readyz')).status, 200);
  await server.kill();
  await until('the node is not ready', async (tell) => { const { status, text } = await client.get('/readyz'); tell(text); return status === 503 && /worker id/.test(text); });
  // What needs no new id is served all the same.
  assert.equal((await client.get('/livez')).status, 200);
  assert.equal((await client.get('/api/users:list')).status, 200);
  await server.start();
  await until('the node is ready again', async (tell) => { const { status, text } = await client.get('/readyz'); tell(text); return status === 200; });
});

test('the 33rd node is told that there are 32 places', async (t) => {
  const fleet = openFleet(t);
  await fleet.start();
  // 31 more hold their places in the database, as nodes that run elsewhere would.
  execFileSync('sqlite3', [join(fleet.folder, 'storage/db/flotilla.sqlite'),
    `UPDATE flotilla_worker_ids SET node = 'elsewhere' || worker, lease = 600000, free_at = 600000 + (SELECT max(free_at) FROM flotilla_worker_ids) WHERE node = ''`]);
  const { code, error, out } = await fleet.run(['start'], { FLOTILLA_WORKER_ID_LEASE_MS: '1000' });
  assert.notEqual(code, 0);
  assert.match(error + out, /32/);
});
