// FLOTILLA_RATE_LIMIT_PER_USER: so many requests a second of one user, whichever nodes they reach.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { Client } from '../lib/client.mjs';
import { startServer } from '../lib/server.mjs';
import { openFleet, rootOf, shared } from '../fleet/fleet.mjs';
import { startRedis } from '../lib/servers/redis.mjs';

const perSecond = 10;
const burst = 60;

async function userOf(root, name) {
  await root.data('POST', '/api/users:create', { username: name, email: `${name}@example.com`, password: 'secret-1234' });
  const client = new Client(root.url);
  await client.signIn(name, 'secret-1234');
  return client;
}

/** Sends a burst and tells how often each status came, and how many whole seconds it touched. */
async function sendBurst(clients) {
  const first = Math.floor(Date.now() / 1000);
  const answers = await Promise.all(Array.from({ length: burst }, (_, i) => clients[i % clients.length].get('/api/auth:check')));
  const seconds = Math.floor(Date.now() / 1000) - first + 1;
  return { seconds, ok: answers.filter((a) => a.status === 200).length, refused: answers.filter((a) => a.status === 429) };
}

function assertLimited({ seconds, ok, refused }, nodes = 1) {
  assert.equal(ok + refused.length, burst);
  assert.ok(ok <= perSecond * seconds * nodes, `${ok} in ${seconds} s`);
  assert.ok(refused.length > 0);
  for (const answer of refused) {
    assert.equal(answer.headers['retry-after'], '1');
    assert.equal(answer.body.errors[0].code, 'TOO_MANY_REQUESTS');
    assert.match(answer.text, /FLOTILLA_RATE_LIMIT_PER_USER/);
  }
}

test('one user is held to the rate, another one is not, and it is off by default', async (t) => {
  const node = await startServer({ env: { FLOTILLA_RATE_LIMIT_PER_USER: String(perSecond) } });
  t.after(() => node.stop());
  const root = await rootOf(node);
  const a = await userOf(root, 'a');
  const b = await userOf(root, 'b');
  assertLimited(await sendBurst([a]));
  assert.equal((await b.get('/api/auth:check')).status, 200);

  const open = await startServer();
  t.after(() => open.stop());
  assert.equal((await sendBurst([await userOf(await rootOf(open), 'a')])).ok, burst);
});

test('nodes count together through the cache in Redis, and each for itself while it is away', async (t) => {
  const redis = await startRedis({ version: 7, durable: false });
  let running = true;
  t.after(() => running && redis.stop());
  const fleet = openFleet(t, { ...shared, CACHE_DEFAULT_STORE: 'redis', CACHE_REDIS_URL: redis.url, FLOTILLA_RATE_LIMIT_PER_USER: String(perSecond) });
  const [one, two] = [await fleet.start(), await fleet.start()];
  const a = await userOf(await rootOf(one), 'a');
  const elsewhere = new Client(two.url);
  elsewhere.token = a.token;
  assertLimited(await sendBurst([a, elsewhere]));
  running = false;
  await redis.stop();
  assertLimited(await sendBurst([a, elsewhere]), 2);
});
