// Who is signed in, told between nodes: what one node has ended is ended on all of them, and what one node was told to
// change is in force everywhere. SIGN_OUTS=200 sets how many are measured.
import assert from 'node:assert/strict';
import test from 'node:test';
import { dialects, startDatabase } from '../lib/databases.mjs';
import { Client } from '../lib/client.mjs';
import { openProxy } from '../lib/proxy.mjs';
import { appKey } from '../lib/server.mjs';
import { startRedis } from '../lib/servers/redis.mjs';
import { sessionClaims, sign } from '../lib/tokens.mjs';
import { openFleet, rootOf, shared, until } from './fleet.mjs';

const signOuts = Number(process.env.SIGN_OUTS ?? 200);
const leaseMs = 1000;

const withToken = (node, token) => Object.assign(new Client(node.url), { token });
const codeOf = (answer) => answer.body?.errors?.[0]?.code;
const check = (node, token) => withToken(node, token).get('/api/auth:check');

/**
 * Milliseconds until `node` refuses the token with `code`. A request that is sent later than the lease after the token
 * was ended must be refused, whatever the answer takes; what a node has heard may be a moment on its way inside it.
 */
async function refusedAfter(node, token, code, since = performance.now()) {
  for (;;) {
    const sent = performance.now() - since;
    const answer = await check(node, token);
    if (answer.status === 401 && codeOf(answer) === code) return performance.now() - since;
    assert.ok(sent < leaseMs + 250, `accepted though it was sent ${sent.toFixed(0)} ms after the end, with a lease of ${leaseMs} ms`);
    assert.equal(answer.status, 200, answer.text);
  }
}

function spread(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))].toFixed(1);
  return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms`;
}

async function threeNodes(t, dialect, env = {}) {
  const database = await startDatabase(dialect);
  t.after(() => database.stop());
  const fleet = openFleet(t, { ...shared, ...database.env, LOGGER_LEVEL: 'warn', ...env });
  for (let i = 0; i < 3; ++i) await fleet.start();
  return fleet;
}

async function newUser(root, name) {
  const user = await root.data('POST', '/api/users:create', { username: name, email: `${name}@example.com`, password: `${name}-12345` });
  return user.id;
}

for (const dialect of dialects) {
  test(`a token that was signed out at one node is refused by the others at once, on ${dialect}`, async (t) => {
    const { nodes } = await threeNodes(t, dialect);
    const took = [];
    for (let i = 0; i < signOuts; ++i) {
      const token = sign(sessionClaims(1), appKey);
      for (const node of nodes) assert.equal((await check(node, token)).status, 200);
      const here = nodes[i % 3];
      const out = await withToken(here, token).post('/api/auth:signOut');
      assert.equal(out.status, 200, out.text);
      const since = performance.now();
      assert.equal(codeOf(await check(here, token)), 'BLOCKED_TOKEN');
      for (const node of nodes) if (node !== here) took.push(await refusedAfter(node, token, 'BLOCKED_TOKEN', since));
    }
    t.diagnostic(`${took.length} revocations on other nodes: ${spread(took)}`);
  });

  test(`destroyed keys, changed passwords and destroyed users end on every node, on ${dialect}`, async (t) => {
    const { nodes } = await threeNodes(t, dialect);
    const [one, two, three] = nodes;
    const root = await rootOf(one);
    const { token: key } = await root.data('POST', '/api/apiKeys:create', { name: 'k', role: { name: 'root' }, expiresIn: '1d' });
    for (const node of nodes) assert.equal((await withToken(node, key).get('/api/users:list')).status, 200);
    const [made] = await root.data('GET', '/api/apiKeys:list');
    assert.ok(!('token' in made), 'the token is shown once');
    assert.equal(await root.data('POST', `/api/apiKeys:destroy?filterByTk=${made.id}`), 1);
    for (const node of nodes) await refusedAfter(node, key, 'BLOCKED_TOKEN');

    const mia = await newUser(root, 'mia');
    const tokenOfMia = async (node, password) => { const client = new Client(node.url); await client.signIn('mia', password); return client.token; };
    const token = await tokenOfMia(two, 'mia-12345');
    for (const node of nodes) assert.equal((await check(node, token)).status, 200);
    await withToken(two, token).data('POST', '/api/auth:changePassword', { oldPassword: 'mia-12345', newPassword: 'mia-67890', confirmPassword: 'mia-67890' });
    for (const node of nodes) await refusedAfter(node, token, 'INVALID_TOKEN');

    const again = await tokenOfMia(three, 'mia-67890');
    for (const node of nodes) assert.equal((await check(node, again)).status, 200);
    await root.data('POST', `/api/users:update?filterByTk=${mia}`, { password: 'mia-abcde' });
    for (const node of nodes) await refusedAfter(node, again, 'INVALID_TOKEN');

    const last = await tokenOfMia(one, 'mia-abcde');
    for (const node of nodes) assert.equal((await check(node, last)).status, 200);
    await root.data('POST', `/api/users:destroy?filterByTk=${mia}`);
    for (const node of nodes) await refusedAfter(node, last, 'NOT_EXIST_USER');
  });

  test(`authenticators and the token policy are in force on all nodes at once, on ${dialect}`, async (t) => {
    const { nodes } = await threeNodes(t, dialect);
    const [one, two] = nodes;
    const root = await rootOf(one);
    const names = async (node) => (await new Client(node.url).data('GET', '/api/authenticators:publicList')).map((row) => row.name);
    const second = await root.data('POST', '/api/authenticators:create', { name: 'second', authType: 'Email/Password', enabled: true });
    for (const node of nodes) assert.deepEqual(await names(node), ['basic', 'second']);
    const other = await rootOf(two);
    const [basic] = await other.data('GET', '/api/authenticators:list?filter={"name":"basic"}');
    await other.data('POST', `/api/authenticators:update?filterByTk=${basic.id}`, { enabled: false });
    for (const node of nodes) assert.deepEqual(await names(node), ['second']);
    const refused = await root.post(`/api/authenticators:destroy?filterByTk=${second.id}`);
    assert.equal(refused.status, 400, 'the last enabled one stays');

    const old = sign(sessionClaims(1, { signInTime: Date.now() - 3_600_000 }), appKey);
    for (const node of nodes) assert.equal((await check(node, old)).status, 200);
    await root.data('POST', '/api/tokenControlConfig:update?filterByTk=token-policy-config',
      { config: { tokenExpirationTime: '1d', sessionExpirationTime: '30m', expiredTokenRenewLimit: '1d' } });
    for (const node of nodes) await refusedAfter(node, old, 'EXPIRED_SESSION');
  });

  test(`requests with one expired token that reach different nodes get the same new one, on ${dialect}`, async (t) => {
    const { nodes } = await threeNodes(t, dialect);
    const client = new Client(nodes[0].url);
    await client.signIn();
    const claims = (token) => JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString());
    let token = client.token;
    for (let round = 0; round < 10; ++round) {
      const expired = sign({ ...claims(token), iat: claims(token).iat - 90_000, exp: claims(token).iat - 10 }, appKey);
      const answers = await Promise.all([...nodes, ...nodes].map((node) => check(node, expired)));
      assert.deepEqual(answers.map((answer) => answer.status), Array(6).fill(200), answers.map((answer) => answer.text.slice(0, 200)).join('\n'));
      const renewed = answers.map((answer) => answer.headers['x-new-token']);
      assert.equal(new Set(renewed.map((text) => claims(text).jti)).size, 1, 'one session goes on');
      assert.notEqual(claims(renewed[0]).jti, claims(token).jti);
      [token] = renewed;
      for (const node of nodes) assert.equal((await check(node, token)).status, 200);
    }
    await withToken(nodes[1], token).data('POST', '/api/auth:signOut');
    for (const node of nodes) await refusedAfter(node, token, 'BLOCKED_TOKEN');
  });
}

test('a node whose link to the others is held refuses an ended token within its lease, and after a restart', async (t) => {
  const redis = await startRedis({ version: 7, durable: false });
  t.after(() => redis.stop());
  const proxy = await openProxy(t, Number(new URL(redis.url).port));
  const fleet = openFleet(t, { ...shared, PUBSUB_ADAPTER: 'redis', PUBSUB_ADAPTER_REDIS_URL: redis.url, FLOTILLA_SIGNAL_LEASE_MS: String(leaseMs), LOGGER_LEVEL: 'error' });
  const ends = await fleet.start();
  const cut = await fleet.start({ PUBSUB_ADAPTER_REDIS_URL: `redis://127.0.0.1:${proxy.port}` });
  const tokens = Array.from({ length: 20 }, () => sign(sessionClaims(1), appKey));
  for (const token of tokens) for (const node of fleet.nodes) assert.equal((await check(node, token)).status, 200);
  proxy.hold();
  const held = performance.now();
  for (const token of tokens.slice(1)) assert.equal((await withToken(ends, token).post('/api/auth:signOut')).status, 200);
  const took = [];
  for (const token of tokens.slice(1)) took.push(await refusedAfter(cut, token, 'BLOCKED_TOKEN', held));
  t.diagnostic(`refused ${Math.max(...took).toFixed(0)} ms after the link was held, with a lease of ${leaseMs} ms`);
  assert.equal((await check(cut, tokens[0])).status, 200, 'what was not ended is served from the database meanwhile');
  proxy.release();
  await until('the node hears the others again', async () => codeOf(await check(cut, tokens[1])) === 'BLOCKED_TOKEN');
  await withToken(ends, tokens[0]).data('POST', '/api/auth:signOut');
  await refusedAfter(cut, tokens[0], 'BLOCKED_TOKEN');

  const again = await ends.restart();
  fleet.nodes.push(again);
  for (const token of tokens) assert.equal(codeOf(await check(again, token)), 'BLOCKED_TOKEN');
});
