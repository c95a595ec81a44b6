// Tokens that this server did not give, or takes no more.
import assert from 'node:assert/strict';
import { createHmac, createSign, generateKeyPairSync } from 'node:crypto';
import test from 'node:test';
import { appKey } from '../lib/server.mjs';
import { sessionClaims, sign } from '../lib/tokens.mjs';
import { assertRefused, codeOf, openWorld } from './world.mjs';

const world = openWorld();
const part = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const hmac = (text, key, hash = 'sha256') => createHmac(hash, key).update(text).digest('base64url');
const signed = (header, claims, key = appKey, hash) => { const text = `${part(header)}.${part(claims)}`; return `${text}.${hmac(text, key, hash)}`; };

/** The same answer in every place a token is taken from, for actions that need one. */
async function assertNobody(token, code, what) {
  world.watch(token);
  for (const send of [
    (path) => world.nobody().get(path, { authorization: `Bearer ${token}` }),
    (path) => world.nobody().get(path, { authorization: token }),
    (path) => world.nobody().get(`${path}?token=${encodeURIComponent(token)}`),
  ]) for (const path of ['/api/auth:check', '/api/papers:list', '/api/users:list']) {
    const answer = await send(path);
    assert.equal(answer.status, 401, `${what} ${path}: ${answer.text}`);
    assert.equal(codeOf(answer), code, `${what}: ${answer.text}`);
    assert.ok(!('x-new-token' in answer.headers), what);
  }
}

test('a token without a signature, whatever its algorithm is called', async () => {
  for (const alg of ['none', 'None', 'NONE', 'nOnE', '', null, undefined, 'HS256\u0000', ['HS256'], { HS256: 1 }])
    for (const signature of ['', 'AAAA', hmac('', '')])
      await assertNobody(`${part({ alg, typ: 'JWT' })}.${part(sessionClaims(1))}.${signature}`, 'INVALID_TOKEN', `alg ${JSON.stringify(alg)}`);
  await assertNobody(`${part({ alg: 'none' })}.${part(sessionClaims(1))}`, 'INVALID_TOKEN', 'two parts');
});

test('another algorithm or another key', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const text = `${part({ alg: 'RS256', typ: 'JWT' })}.${part(sessionClaims(1))}`;
  await assertNobody(`${text}.${createSign('sha256').update(text).sign(privateKey, 'base64url')}`, 'INVALID_TOKEN', 'RS256');
  const pem = publicKey.export({ type: 'spki', format: 'pem' });
  await assertNobody(signed({ alg: 'HS256', typ: 'JWT' }, sessionClaims(1), pem), 'INVALID_TOKEN', 'signed with a public key');
  await assertNobody(signed({ alg: 'HS512', typ: 'JWT' }, sessionClaims(1), appKey, 'sha512'), 'INVALID_TOKEN', 'HS512 with the right key');
  await assertNobody(signed({ alg: 'HS384', typ: 'JWT' }, sessionClaims(1), appKey, 'sha384'), 'INVALID_TOKEN', 'HS384 with the right key');
  for (const key of ['', 'your-secret-key', 'test-key', `${appKey}\n`, appKey.toUpperCase(), '\0'.repeat(32)])
    await assertNobody(sign(sessionClaims(1), key), 'INVALID_TOKEN', `the key ${JSON.stringify(key)}`);
  await assertNobody(signed({ alg: 'HS256', crit: ['exp'], exp: 1 }, sessionClaims(1)), 'INVALID_TOKEN', 'a critical extension');
  await assertNobody(signed({ alg: 'HS256', jwk: { kty: 'oct', k: part('mine') } }, sessionClaims(1), 'mine'), 'INVALID_TOKEN', 'a key that came along');
  await assertNobody(signed({ alg: 'HS256', kid: '../../../dev/null' }, sessionClaims(1), ''), 'INVALID_TOKEN', 'a path as key id');
});

test('claims that were changed after signing', async () => {
  const [head, claims, signature] = world.mia.token.split('.');
  const own = JSON.parse(Buffer.from(claims, 'base64url'));
  for (const change of [{ userId: 1 }, { exp: own.exp + 1 }, { roleName: 'root' }, { temp: false }, { jti: 'x' }])
    await assertNobody(`${head}.${part({ ...own, ...change })}.${signature}`, 'INVALID_TOKEN', JSON.stringify(change));
  // The same bytes spelt differently must not pass for another token, or a revoked one would come back.
  const last = signature.at(-1), alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const twin = signature.slice(0, -1) + alphabet[alphabet.indexOf(last) ^ 1];
  for (const other of [twin, `${signature}=`, `${signature}==`, signature.replaceAll('-', '+').replaceAll('_', '/') + (/[-_]/.test(signature) ? '' : '.'), `${signature}\u00e9`])
    await assertNobody(`${head}.${claims}.${other}`, 'INVALID_TOKEN', `a signature spelt ${other.slice(-3)}`);
});

test('tokens that are none', async () => {
  for (const token of ['garbage', '..', 'a.b.c', `${'x'.repeat(9000)}`, `${part('[]')}.${part('[]')}.AAAA`, `${part({ alg: 'HS256' })}.${part('null')}.${hmac(`${part({ alg: 'HS256' })}.${part('null')}`, appKey)}`, '%00', '{{root}}'])
    await assertNobody(token, 'INVALID_TOKEN', token.slice(0, 30));
  for (const authorization of ['Bearer', 'Bearer ', 'bearer   '])
    assertRefused(await world.nobody().get('/api/auth:check', { authorization }), 401, authorization);
  for (const authorization of ['Basic bm9jb2Jhc2U6YWRtaW4xMjM=', 'Digest username="nocobase"', 'Negotiate abc'])
    assertRefused(await world.nobody().get('/api/auth:check', { authorization }), 401, authorization);
});

test('user ids that are none, in tokens that are signed right', async () => {
  for (const userId of [0, -1, 999_999, '0x1', '1 OR 1=1', "1'--", null, true, [1], { $ne: 0 }, 1.5e300, '9223372036854775808'])
    await assertNobody(sign(sessionClaims(userId), appKey), 'NOT_EXIST_USER', JSON.stringify(userId));
});

test('times', async () => {
  const now = Math.floor(Date.now() / 1000);
  await assertNobody(sign(sessionClaims(1, { iat: now - 200_000, exp: now - 100_000 }), appKey), 'EXPIRED_SESSION', 'expired too long ago to be renewed');
  await assertNobody(sign(sessionClaims(1, { signInTime: Date.now() - 8 * 86_400_000 }), appKey), 'EXPIRED_SESSION', 'a session that is over');
  await assertNobody(sign(sessionClaims(1, { iat: now - 100, exp: now - 10 }), appKey), 'TOKEN_RENEW_FAILED', 'expired, of a session that never was');
  await assertNobody(sign(sessionClaims(1, { iat: now - 100, exp: now - 10, jti: "x' OR '1'='1" }), appKey), 'TOKEN_RENEW_FAILED', 'an id that is none');
  await assertNobody(sign(sessionClaims(1, { nbf: now + 3600 }), appKey), 'INVALID_TOKEN', 'not valid yet');
  await assertNobody(sign({ userId: 1, roleName: 'root', iat: now - 100, exp: now - 10 }, appKey), 'INVALID_TOKEN', 'an expired key');
});

test('a token that was signed out, and a key that was destroyed', async () => {
  const client = world.nobody();
  await client.signIn('eve', 'eve-secret-99');
  await client.data('POST', '/api/auth:signOut');
  await assertNobody(client.token, 'BLOCKED_TOKEN', 'signed out');
  const { token } = await world.root.data('POST', '/api/apiKeys:create', { name: 'gone', role: { name: 'root' }, expiresIn: '1d' });
  const [key] = await world.root.data('GET', '/api/apiKeys:list?sort=-createdAt');
  await world.root.data('POST', `/api/apiKeys:destroy?filterByTk=${key.id}`);
  await assertNobody(token, 'BLOCKED_TOKEN', 'a destroyed key');
});

test('a key is bound to its role, and others cannot have or take it', async () => {
  const { token } = await world.root.data('POST', '/api/apiKeys:create', { name: 'bound', role: { name: 'member' }, expiresIn: '1d' });
  world.watch(token);
  for (const headers of [{}, { 'x-role': 'root' }, { 'x-role': '__union__' }, { cookie: 'nb_role_main=root' }]) {
    const { role, roles } = await world.as(token).data('GET', '/api/roles:check', undefined, headers);
    assert.deepEqual({ role, roles }, { role: 'member', roles: ['member'] }, JSON.stringify(headers));
  }
  assertRefused(await world.mia.post('/api/apiKeys:create', { name: 'k', role: { name: 'root' }, expiresIn: '1d' }), [400, 403], 'a role that is not her own');
  for (const expiresIn of ['zzz', -1, 0, '-7d', null, {}, 1e300, '99999999999y'])
    assertRefused(await world.root.post('/api/apiKeys:create', { name: 'k', role: { name: 'root' }, expiresIn }), 400, JSON.stringify(expiresIn));
  const [key] = await world.root.data('GET', '/api/apiKeys:list?sort=-createdAt');
  await world.mia.post(`/api/apiKeys:destroy?filterByTk=${key.id}`);
  assert.equal((await world.as(token).get('/api/auth:check')).status, 200, "another's key stays");
  const listed = await world.root.get('/api/apiKeys:list?fields[]=token&appends[]=createdBy');
  assert.ok(!listed.text.includes(token), 'tokens are shown once');
  for (const action of ['get', 'update', 'firstOrCreate', 'updateOrCreate']) assertRefused(await world.root.post(`/api/apiKeys:${action}?filterByTk=${key.id}`, { token }), 404, action);
});
