// What the sign-in tells to somebody who does not know a password.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import test from 'node:test';
import { appKey } from '../lib/server.mjs';
import { sign } from '../lib/tokens.mjs';
import { assertRefused, openWorld, passwords } from './world.mjs';

const world = openWorld();
const tryIn = (body, headers) => world.nobody().post('/api/auth:signIn', body, headers);

test('an unknown account is answered as a wrong password is: by word, header and time', async () => {
  const times = { known: [], unknown: [], withoutPassword: [] };
  const passwordless = (await world.root.data('POST', '/api/users:create', { username: 'blank', email: 'blank@example.com' })).username;
  const answers = [];
  for (let i = 0; i < 15; ++i)
    for (const [kind, account] of [['known', 'mia'], ['unknown', 'nobody'], ['withoutPassword', passwordless]]) {
      const begun = performance.now();
      answers.push(await tryIn({ account, password: world.watch('guessed-123') }));
      times[kind].push(performance.now() - begun);
    }
  const shape = ({ status, text, headers }) => JSON.stringify([status, text, Object.keys(headers).sort()]);
  assert.equal(new Set(answers.map(shape)).size, 1);
  assert.equal(answers[0].status, 401);
  const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
  for (const kind of ['unknown', 'withoutPassword'])
    assert.ok(median(times[kind]) > 0.5 * median(times.known), `${kind}: ${median(times[kind])} ms, known: ${median(times.known)} ms`);
});

test('bodies that are no names and passwords', async () => {
  for (const account of [{ $ne: null }, ['nocobase'], true, 1, null, '', "' OR '1'='1", 'nocobase\u0000', 'x'.repeat(100_000)])
    for (const password of [{ $ne: '' }, ['admin123'], true, null, '', "' OR '1'='1", 'x'.repeat(100_000)]) {
      const answer = await tryIn({ account, password });
      assertRefused(answer, [400, 401], `${JSON.stringify(account)?.slice(0, 40)} ${JSON.stringify(password)?.slice(0, 40)}`);
      assert.ok(!answer.text.includes('token'));
    }
  for (const email of [{ $like: '%' }, '%', '*', 'admin@nocobase.com\n']) assertRefused(await tryIn({ email, password: passwords.root }), [400, 401], JSON.stringify(email));
});

test('a page of somebody else cannot sign its visitor in', async () => {
  const body = { account: 'mia', password: passwords.mia };
  for (const headers of [{ origin: 'https://evil.example' }, { origin: 'null' }, { referer: 'https://evil.example/page' }, { origin: `http://127.0.0.1:${world.port}.evil.example` }])
    assertRefused(await tryIn(body, headers), 403, JSON.stringify(headers));
  const form = await world.nobody().request('POST', '/api/auth:signIn', `account=mia&password=${passwords.mia}`, { 'content-type': 'application/x-www-form-urlencoded', origin: 'https://evil.example' });
  assertRefused(form, 403, 'a form');
  assert.equal((await tryIn(body, { origin: `http://127.0.0.1:${world.port}`, host: `127.0.0.1:${world.port}` })).status, 200);
});

test('the cookie alone does nothing: requests that a browser sends by itself are nobody’s', async () => {
  const cookie = (await tryIn({ account: 'mia', password: passwords.mia })).headers['set-cookie'];
  const auth = cookie.find((line) => line.startsWith('nb_auth_token_main='));
  assert.match(auth, /HttpOnly/i);
  assert.match(auth, /SameSite=Lax/i);
  world.watch(decodeURIComponent(auth.split(';')[0].split('=')[1]));
  const headers = { cookie: cookie.map((line) => line.split(';')[0]).join('; '), origin: 'https://evil.example' };
  for (const [method, path, body] of [['GET', '/api/auth:check'], ['POST', '/api/auth:signOut'], ['POST', '/api/users:updateProfile', { username: 'taken' }], ['POST', '/api/papers:create', { title: 'x' }], ['POST', '/api/auth:changePassword', { oldPassword: passwords.mia, newPassword: 'x', confirmPassword: 'x' }]]) {
    const answer = await world.nobody().request(method, path, body, headers);
    assert.equal(answer.status, 401, `${path}: ${answer.text}`);
    assert.notEqual(answer.headers['access-control-allow-credentials'], 'true');
  }
  // A token that is wrong is not made good by a cookie.
  assertRefused(await world.nobody().get('/api/auth:check', { ...headers, authorization: 'Bearer wrong' }), 401, 'header and cookie');
  assertRefused(await world.nobody().get('/api/auth:check?token=wrong', headers), 401, 'query and cookie');
});

test('a password cannot be reset without a link that was mailed', async () => {
  for (const resetToken of [undefined, '', null, 'x', {}, world.mia.token, "' OR 1=1 --"]) {
    for (const action of ['resetPassword', 'checkResetToken']) assertRefused(await world.nobody().post(`/api/auth:${action}`, { resetToken, password: 'taken-123' }), [400, 401, 403], `${action} ${JSON.stringify(resetToken)?.slice(0, 20)}`);
  }
  const known = await world.nobody().post('/api/auth:lostPassword', { email: 'mia@example.com', baseURL: 'https://evil.example' });
  const unknown = await world.nobody().post('/api/auth:lostPassword', { email: 'nobody@example.com', baseURL: 'https://evil.example' });
  assert.deepEqual([known.status, known.text], [unknown.status, unknown.text], 'nothing tells whether there is such an account');
});

test('a reset token counts once, for its user, until its time is over, and signs nobody in', async () => {
  const now = Math.floor(Date.now() / 1000);
  const claims = (more = {}) => ({ resetPasswordOf: world.eveId, jti: randomUUID(), iat: now, exp: now + 600, ...more });
  const send = (action, token, password) => world.nobody().post(`/api/auth:${action}`, { resetToken: world.watch(token), password });
  const good = sign(claims(), appKey);
  assert.equal((await send('checkResetToken', good)).status, 200);
  assertRefused(await world.nobody().get('/api/auth:check', { authorization: `Bearer ${good}` }), 401, 'as a session');
  for (const [what, token] of Object.entries({
    expired: sign(claims({ iat: now - 700, exp: now - 1 }), appKey), endless: sign(claims({ exp: undefined }), appKey), 'of nobody': sign(claims({ resetPasswordOf: 999_999 }), appKey),
    'without an id': sign(claims({ jti: undefined }), appKey), 'with another key': sign(claims(), 'another-key-0123456789-0123456789'), 'a session': world.mia.token, 'both': sign(claims({ userId: 1 }), appKey),
    'a text': sign(claims({ resetPasswordOf: '1' }), appKey),
  })) for (const action of ['checkResetToken', 'resetPassword']) assertRefused(await send(action, token, 'taken-123'), 401, `${action} ${what}`);
  assertRefused(await send('resetPassword', good, ''), 400, 'no password');
  const other = sign(claims({ iat: now - 60 }), appKey);
  assert.equal((await send('checkResetToken', other)).status, 200);
  const before = world.eve.token;
  assert.equal((await send('resetPassword', good, passwords.eve)).status, 200);
  assertRefused(await send('resetPassword', good, 'again-123'), 401, 'a second time');
  assertRefused(await send('resetPassword', other, 'again-123'), 401, 'one from before the new password');
  assertRefused(await world.as(before).get('/api/auth:check'), 401, 'sessions from before');
  await world.eve.signIn('eve', passwords.eve);
  world.watch(world.eve.token);
});
