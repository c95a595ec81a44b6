// flotilla doctor, about the servers and the nodes of a fleet: what it says, and its exit code.
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { freePort } from '../lib/server.mjs';
import { startRabbit } from '../lib/servers/rabbitmq.mjs';
import { startRedis } from '../lib/servers/redis.mjs';
import { openFleet } from './fleet.mjs';

const examined = (done) => Object.fromEntries(JSON.parse(done.out).checks.map((check) => [check.name, check]));

async function redis(t, options) {
  const server = await startRedis(options);
  t.after(() => server.stop());
  return server;
}

test('a healthy fleet with Redis 8: all is well, exit code 0', async (t) => {
  const server = await redis(t, { version: 8 });
  const env = { REDIS_URL: server.url, CACHE_DEFAULT_STORE: 'redis', PUBSUB_ADAPTER: 'redis', QUEUE_ADAPTER: 'redis', LOCK_ADAPTER_DEFAULT: 'redis' };
  const fleet = openFleet(t, env);
  await fleet.start();
  await fleet.start();
  const done = await fleet.run(['doctor', '--json']);
  const checks = examined(done);
  assert.equal(done.code, 0, done.out);
  for (const name of ['cache', 'signals', 'queue', 'locks', 'worker ids']) {
    assert.equal(checks[name].state, 'ok', JSON.stringify(checks[name]));
    assert.match(checks[name].detail, /^Redis 8\.\d+\.\d+ at /);
  }
  assert.deepEqual([checks.nodes.state, checks.nodes.detail], ['ok', '2 running']);
  const table = await fleet.run(['doctor']);
  assert.equal(table.code, 0);
  assert.match(table.out, /nodes +.*2 running/);
});

test('what may lose keys is warned about: an old Redis, an eviction policy, no durability', async (t) => {
  const server = await redis(t, { version: 7, persistent: false, args: ['--maxmemory', '50mb', '--maxmemory-policy', 'allkeys-lru'] });
  const fleet = openFleet(t, { REDIS_URL: server.url, PUBSUB_ADAPTER: 'redis', QUEUE_ADAPTER: 'redis', LOCK_ADAPTER_DEFAULT: 'redis' });
  const done = await fleet.run(['doctor', '--json']);
  const { queue, locks } = examined(done);
  assert.equal(done.code, 0, 'warnings are no failure');
  for (const check of [queue, locks]) {
    assert.equal(check.state, 'warning', JSON.stringify(check));
    assert.match(check.detail, /8\.0/);
    assert.match(check.detail, /allkeys-lru/);
  }
});

test('a wrong password is told apart from a server that is not there; neither shows the password', async (t) => {
  const server = await redis(t, { version: 7, password: 'right' });
  const fleet = openFleet(t, {});
  const wrong = await fleet.run(['doctor', '--json'], { QUEUE_ADAPTER: 'redis', QUEUE_ADAPTER_REDIS_URL: server.url.replace('right', 'hunter2') });
  assert.notEqual(wrong.code, 0);
  const refused = examined(wrong).queue;
  assert.equal(refused.state, 'failed');
  assert.match(refused.detail, /QUEUE_ADAPTER_REDIS_URL/);
  assert.match(refused.detail, /password|WRONGPASS|auth/i);
  const nowhere = await fleet.run(['doctor', '--json'], { QUEUE_ADAPTER: 'redis', QUEUE_ADAPTER_REDIS_URL: `redis://:hunter2@127.0.0.1:${await freePort()}` });
  assert.notEqual(nowhere.code, 0);
  const absent = examined(nowhere).queue;
  assert.equal(absent.state, 'failed');
  assert.match(absent.detail, /refused|connect/i);
  assert.doesNotMatch(absent.detail, /WRONGPASS|auth/i);
  for (const done of [wrong, nowhere]) assert.ok(!(done.out + done.error).includes('hunter2'));
});

test('RabbitMQ: version, and a broker that is not there', async (t) => {
  const server = await startRabbit({ version: 3 });
  t.after(() => server.stop());
  const fleet = openFleet(t, {});
  const old = await fleet.run(['doctor', '--json'], { QUEUE_ADAPTER: 'rabbitmq', QUEUE_ADAPTER_RABBITMQ_URL: server.url });
  assert.equal(old.code, 0);
  assert.deepEqual(examined(old).queue.state, 'warning');
  assert.match(examined(old).queue.detail, /RabbitMQ 3\.\d+\.\d+: 4\.0 or later is recommended/);
  const absent = await fleet.run(['doctor', '--json'], { QUEUE_ADAPTER: 'rabbitmq', QUEUE_ADAPTER_RABBITMQ_URL: `amqp://guest:guest@127.0.0.1:${await freePort()}/` });
  assert.notEqual(absent.code, 0);
  assert.equal(examined(absent).queue.state, 'failed');
});

test('settings that differ are named, their values are not; so is a storage that is not the same', async (t) => {
  const fleet = openFleet(t);
  const node = await fleet.start({ APP_KEY: 'the-key-of-the-node-0123456789abcdef' });
  const done = await fleet.run(['doctor', '--json']);
  const { nodes } = examined(done);
  assert.equal(nodes.state, 'warning');
  assert.match(nodes.detail, new RegExp(`pid ${node.pid}\\) differs in .*APP_KEY`));
  assert.ok(!done.out.includes('the-key-of-the-node'));
  const elsewhere = join(fleet.folder, 'elsewhere');
  t.after(() => rmSync(elsewhere, { recursive: true, force: true }));
  const moved = await fleet.run(['doctor', '--json'], { STORAGE_PATH: elsewhere, APP_KEY: 'the-key-of-the-node-0123456789abcdef' });
  assert.match(examined(moved).nodes.detail, /sees another storage folder/);
});
