// Wrong passwords are counted by all nodes together: by account and by address.
import assert from 'node:assert/strict';
import test from 'node:test';
import { dialects, startDatabase } from '../lib/databases.mjs';
import { Client } from '../lib/client.mjs';
import { startRedis } from '../lib/servers/redis.mjs';
import { openFleet, rootOf, shared, until } from './fleet.mjs';

const limits = { FLOTILLA_SIGN_IN_FAILURES_PER_ACCOUNT: '5', FLOTILLA_SIGN_IN_FAILURES_PER_ADDRESS: '30', FLOTILLA_SIGN_IN_WINDOW_MS: '1d' };

const tryIn = (node, account, password, from) =>
  new Client(node.url).post('/api/auth:signIn', { account, password }, from ? { 'x-forwarded-for': from } : {});

function assertLocked(answer, what) {
  assert.equal(answer.status, 429, `${what}: ${answer.text}`);
  assert.equal(answer.body.errors[0].code, 'TOO_MANY_ATTEMPTS');
  const wait = Number(answer.headers['retry-after']);
  assert.ok(wait > 0 && wait <= 86_400, answer.headers['retry-after']);
}

const counters = {
  ...Object.fromEntries(dialects.map((dialect) => [`the main database, ${dialect}`, async (t) => {
    const database = await startDatabase(dialect);
    t.after(() => database.stop());
    return database.env;
  }])),
  async 'Redis'(t) {
    const redis = await startRedis({ version: 7, durable: false });
    t.after(() => redis.stop());
    return { CACHE_DEFAULT_STORE: 'redis', CACHE_REDIS_URL: redis.url };
  },
};

for (const [where, start] of Object.entries(counters)) {
  test(`an account is locked on every node, counted in ${where}`, async (t) => {
    const fleet = openFleet(t, { ...shared, ...await start(t), ...limits, LOGGER_LEVEL: 'warn' });
    for (let i = 0; i < 3; ++i) await fleet.start();
    const { nodes } = fleet;
    const root = await rootOf(nodes[0]);
    for (const name of ['mia', 'ida']) await root.data('POST', '/api/users:create', { username: name, email: `${name}@example.com`, password: `${name}-12345` });

    // By user name and by e-mail it is one account; one that does not exist is treated alike.
    for (const names of [['mia', 'mia@example.com'], ['nobody', ' NOBODY ']]) {
      const wrong = [];
      for (let i = 0; i < 5; ++i) wrong.push(await tryIn(nodes[i % 3], names[i % 2], 'wrong', `10.1.1.${i}`));
      assert.deepEqual(wrong.map((answer) => answer.status), Array(5).fill(401));
      assert.deepEqual([...new Set(wrong.map((answer) => answer.text))].length, 1);
      for (const node of nodes) {
        assertLocked(await tryIn(node, names[0], 'wrong'), names[0]);
        assertLocked(await tryIn(node, names[1], 'mia-12345'), `${names[1]} with what would be right`);
      }
    }
    // Whoever is not locked signs in, which takes the failures back.
    for (let round = 0; round < 3; ++round) {
      for (let i = 0; i < 4; ++i) assert.equal((await tryIn(nodes[i % 3], 'ida', 'wrong', '10.1.2.1')).status, 401);
      assert.equal((await tryIn(nodes[round], 'ida', 'ida-12345', '10.1.2.1')).status, 200);
    }
    // The 12 failures of that address count against it, whatever the accounts.
    for (let i = 0; i < 18; ++i) assert.equal((await tryIn(nodes[i % 3], `nobody${i}`, 'x', '10.1.2.1')).status, 401);
    for (const node of nodes) assertLocked(await tryIn(node, 'ida', 'ida-12345', '10.1.2.1'), 'the address');
    assert.equal((await tryIn(nodes[1], 'ida', 'ida-12345', '10.1.2.2')).status, 200, 'from elsewhere');
  });
}

test('many attempts at one time learn no more than few one after the other', async (t) => {
  const fleet = openFleet(t, { ...shared, ...limits, LOGGER_LEVEL: 'warn' });
  const nodes = [await fleet.start(), await fleet.start()];
  const attempts = Array.from({ length: 40 }, (_, i) => tryIn(nodes[i % 2], 'nocobase', i === 39 ? 'admin123' : `guess${i}`, `10.2.0.${i}`));
  const answers = await Promise.all(attempts);
  assert.equal(answers.filter((answer) => answer.status === 200).length, 0, 'the last guess was right, and too late');
  assert.ok(answers.every((answer) => answer.status === 401 || answer.status === 429));
  assertLocked(await tryIn(nodes[0], 'nocobase', 'admin123'), 'afterwards');
});

test('the lock ends with its window', async (t) => {
  const fleet = openFleet(t, { ...limits, FLOTILLA_SIGN_IN_WINDOW_MS: '4s', LOGGER_LEVEL: 'warn' });
  const node = await fleet.start();
  let locked;
  await until('the account is locked', async () => { locked = await tryIn(node, 'nocobase', 'wrong'); return locked.status === 429; });
  assert.ok(Number(locked.headers['retry-after']) <= 4);
  await until('it is open again', async () => (await tryIn(node, 'nocobase', 'admin123')).status === 200);
});

test('the old password cannot be guessed through a stolen session, and who forges X-Forwarded-For gains nothing', async (t) => {
  const fleet = openFleet(t, { ...limits, FLOTILLA_TRUSTED_PROXIES: '192.0.2.0/24', LOGGER_LEVEL: 'warn' });
  const node = await fleet.start();
  const root = await rootOf(node);
  const change = (oldPassword) => root.post('/api/auth:changePassword', { oldPassword, newPassword: 'new-12345', confirmPassword: 'new-12345' });
  for (let i = 0; i < 5; ++i) assert.equal((await change(`guess${i}`)).status, 401);
  assertLocked(await change('admin123'), 'the old password');
  for (let i = 0; i < 25; ++i) assert.equal((await tryIn(node, `nobody${i}`, 'x', `10.3.0.${i}`)).status, 401);
  assertLocked(await tryIn(node, 'somebody', 'x', '10.3.1.1'), 'the one real address');
});
