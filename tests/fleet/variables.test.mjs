// Each variable of the cluster guide does what it says: every function goes to the Redis that its own variable names, to
// REDIS_URL when it names none, and nowhere else. CLUSTER_MODE and APP_KEY have tests of their own.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Client } from '../lib/client.mjs';
import { startRedis } from '../lib/servers/redis.mjs';
import { openFleet, rootOf, shared, until } from './fleet.mjs';

const names = ['base', 'cache', 'pubsub', 'lock', 'queue'];

async function startServers(t) {
  const servers = await Promise.all(names.map(() => startRedis({ version: 7, durable: false })));
  t.after(() => Promise.all(servers.map((server) => server.stop())));
  return Object.fromEntries(names.map((name, i) => [name, servers[i]]));
}

/** What each function leaves in its Redis. */
const traces = {
  cache: /sign-in/,
  pubsub: /(drills|schema):meta/,
  lock: /lock-token#.*drills/,
  queue: /drill-jobs/,
  workerId: /worker/i,
};

async function functionsIn(server) {
  const keys = await server.command('KEYS *');
  return Object.keys(traces).filter((name) => traces[name].test(keys)).sort();
}

/** Two nodes that do something with every function. */
async function useEverything(t, env) {
  const fleet = openFleet(t, env);
  const one = await fleet.start(), two = await fleet.start();
  const root = await rootOf(one);
  assert.equal((await new Client(two.url).post('/api/auth:signIn', { account: 'nocobase', password: 'wrong' })).status, 401);
  await root.data('POST', '/api/collections:create', { name: 'notes', fields: [{ name: 'text', type: 'string' }] });
  await root.data('POST', '/api/fleet:startDrill', { name: 'use', seconds: 60 });
  await root.data('POST', '/api/fleet:publishDrill', { name: 'use', keys: ['a', 'b'] });
  const other = await rootOf(two);
  await until('jobs take effect', async () => (await other.data('GET', '/api/fleet:drillJobs?name=use')).every(({ effects }) => effects === 1));
  return { fleet, root };
}

const chosen = { CACHE_DEFAULT_STORE: 'redis', LOCK_ADAPTER_DEFAULT: 'redis', QUEUE_ADAPTER: 'redis' };

test('each function has the Redis of its own variable', async (t) => {
  const { base, cache, pubsub, lock, queue } = await startServers(t);
  await useEverything(t, {
    ...chosen, REDIS_URL: base.url, CACHE_REDIS_URL: cache.url, PUBSUB_ADAPTER_REDIS_URL: pubsub.url, LOCK_ADAPTER_REDIS_URL: lock.url, QUEUE_ADAPTER_REDIS_URL: queue.url,
  });
  assert.deepEqual(await functionsIn(cache), ['cache']);
  assert.deepEqual(await functionsIn(pubsub), ['pubsub']);
  assert.deepEqual(await functionsIn(lock), ['lock']);
  assert.deepEqual(await functionsIn(queue), ['queue']);
  assert.deepEqual(await functionsIn(base), ['workerId']);
});

test('REDIS_URL is the Redis of every function that names none', async (t) => {
  const { base, ...others } = await startServers(t);
  const { root } = await useEverything(t, { ...chosen, REDIS_URL: base.url, PUBSUB_ADAPTER: 'redis' });
  assert.deepEqual(await functionsIn(base), Object.keys(traces).sort());
  for (const [name, server] of Object.entries(others)) assert.deepEqual(await functionsIn(server), [], name);
  for (const { adapters } of await root.data('GET', '/api/fleet:nodes'))
    assert.deepEqual(adapters, { cache: 'redis', lock: 'redis', pubsub: 'redis', queue: 'redis', workerId: 'redis' });
});

test('an address alone chooses nothing but the signals', async (t) => {
  const { base, cache, pubsub, lock, queue } = await startServers(t);
  const { root } = await useEverything(t, {
    QUEUE_ADAPTER: 'database', LOCK_ADAPTER_DEFAULT: 'database', CACHE_REDIS_URL: cache.url, PUBSUB_ADAPTER_REDIS_URL: pubsub.url,
  });
  assert.deepEqual(await functionsIn(pubsub), ['pubsub']);
  for (const [name, server] of Object.entries({ base, cache, lock, queue })) assert.deepEqual(await functionsIn(server), [], name);
  for (const { adapters } of await root.data('GET', '/api/fleet:nodes'))
    assert.deepEqual(adapters, { cache: 'memory', lock: 'database', pubsub: 'redis', queue: 'database', workerId: 'database' });
});

test('WORKER_MODE: jobs go to nodes that take them, requests to those that serve', async (t) => {
  const fleet = openFleet(t, shared);
  const serves = await fleet.start({ WORKER_MODE: '!' }), works = await fleet.start({ WORKER_MODE: 'async-task:process' });
  const other = await fleet.start({ WORKER_MODE: 'workflow:process' });
  const root = await rootOf(serves);
  const byMode = Object.fromEntries((await root.data('GET', '/api/fleet:nodes')).map(({ mode, id }) => [mode, id]));
  await root.data('POST', '/api/fleet:startDrill', { name: 'split', cron: '* * * * * *', seconds: 60 });
  for (let i = 0; i < 5; ++i) await root.data('POST', '/api/fleet:publishDrill', { name: 'split', keys: Array.from({ length: 40 }, (_, k) => `${i}-${k}`) });
  let jobs;
  await until('all have taken effect', async (tell) => {
    jobs = await root.data('GET', '/api/fleet:drillJobs?name=split');
    tell(jobs.filter(({ effects }) => effects === 1).length);
    return jobs.length > 200 && jobs.every(({ effects }) => effects === 1);
  });
  assert.deepEqual([...new Set(jobs.map(({ node }) => node))], [byMode['async-task:process']]);
  for (const node of [works, other]) {
    assert.equal((await new Client(node.url).get('/api/app:getInfo')).status, 503);
    assert.equal((await new Client(node.url).get('/readyz')).status, 200);
  }
});
