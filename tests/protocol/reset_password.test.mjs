// A lost password: a link by mail, which counts once; and what is said when no mail can be sent.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import test from 'node:test';
import { Client } from '../lib/client.mjs';
import { binary, serverEnv, startServer } from '../lib/server.mjs';
import { startSmtp } from '../lib/servers/smtp.mjs';
import { until } from '../fleet/fleet.mjs';

const publicUrl = 'https://app.example.com/base/';

async function withMail(t, smtp, more = {}) {
  t.after(() => smtp.stop());
  const server = await startServer({ env: { FLOTILLA_SMTP_URL: smtp.url, FLOTILLA_SMTP_FROM: 'flotilla@example.com', FLOTILLA_PUBLIC_URL: publicUrl, LOGGER_LEVEL: 'debug', ...more } });
  t.after(() => server.stop());
  const root = new Client(server.url);
  await root.signIn();
  await root.data('POST', '/api/users:create', { username: 'mia', email: 'mia@example.com', password: 'mia-12345' });
  return server;
}
const ask = (server, email, headers) => new Client(server.url).post('/api/auth:lostPassword', { email, baseURL: 'https://evil.example' }, headers);

test('the link of the mail sets a new password, once', async (t) => {
  const smtp = await startSmtp();
  const server = await withMail(t, smtp);
  const mail = smtp.next();
  const answer = await ask(server, 'mia@example.com', { host: 'evil.example' });
  assert.deepEqual([answer.status, answer.text], [200, '{}']);
  const { from, to, text } = await mail;
  assert.deepEqual([from, to], ['flotilla@example.com', 'mia@example.com']);
  assert.match(text, /^Subject: Reset your password$/m);
  assert.match(text, /^Content-Type: text\/plain; charset=utf-8$/m);
  const [link] = /https:\S+/.exec(text);
  assert.ok(link.startsWith('https://app.example.com/base/reset-password?resetToken='), link);
  assert.ok(!text.includes('evil'));
  const resetToken = new URL(link).searchParams.get('resetToken');
  const client = new Client(server.url);
  assert.equal((await client.post('/api/auth:checkResetToken', { resetToken })).status, 200);
  assert.equal((await client.post('/api/auth:resetPassword', { resetToken, password: 'mia-67890' })).status, 200);
  assert.equal((await client.post('/api/auth:resetPassword', { resetToken, password: 'other-1234' })).status, 401);
  assert.equal((await client.post('/api/auth:signIn', { account: 'mia', password: 'mia-12345' })).status, 401);
  await client.signIn('mia', 'mia-67890');
  assert.ok(!server.logs().includes(resetToken));
});

test('an address that is nobody’s is answered alike and gets no mail; asking is limited', async (t) => {
  const smtp = await startSmtp();
  const server = await withMail(t, smtp, { FLOTILLA_SIGN_IN_FAILURES_PER_ACCOUNT: '3', FLOTILLA_SIGN_IN_WINDOW_MS: '1d' });
  for (const email of ['nobody@example.com', 'mia@example.com']) {
    const answers = [];
    for (let i = 0; i < 4; ++i) answers.push(await ask(server, email));
    assert.deepEqual(answers.map((answer) => [answer.status, answer.text.slice(0, 2)]), [[200, '{}'], [200, '{}'], [200, '{}'], [429, '{"']]);
  }
  await until('the mails came', async () => smtp.messages.length === 3);
  assert.ok(smtp.messages.every((mail) => mail.to === 'mia@example.com'));
  // Who asks for links cannot lock the account by it.
  await new Client(server.url).signIn('mia', 'mia-12345');
});

test('a mail that the server does not take is in the log, without its link', async (t) => {
  const smtp = await startSmtp({ refuse: '550 no such mailbox' });
  const server = await withMail(t, smtp);
  assert.equal((await ask(server, 'mia@example.com')).status, 200);
  await until('the log says so', async () => /FLOTILLA_SMTP_URL/.test(server.logs()));
  assert.ok(!server.logs().includes('resetToken='));
});

test('without a mail server it is said so, to everybody alike', async (t) => {
  const server = await startServer({ env: { LOGGER_LEVEL: 'warn' } });
  t.after(() => server.stop());
  for (const email of ['admin@nocobase.com', 'nobody@example.com']) {
    const answer = await ask(server, email);
    assert.equal(answer.status, 401);
    assert.match(answer.body.errors[0].message, /no mail server is configured \(FLOTILLA_SMTP_URL\)/);
  }
});

test('half a configuration stops the start', () => {
  for (const [env, name] of [[{ FLOTILLA_SMTP_URL: 'smtp://x' }, 'FLOTILLA_SMTP_FROM'], [{ FLOTILLA_SMTP_URL: 'smtp://x', FLOTILLA_SMTP_FROM: 'a@b.c' }, 'FLOTILLA_PUBLIC_URL'], [{ FLOTILLA_SMTP_URL: 'http://x' }, 'FLOTILLA_SMTP_URL']]) {
    const { status, stderr } = spawnSync(binary, ['start'], { encoding: 'utf8', timeout: 30_000, env: serverEnv('/tmp', 1, env) });
    assert.equal(status, 2, stderr);
    assert.match(stderr, new RegExp(`^flotilla: ${name}: `));
  }
});
