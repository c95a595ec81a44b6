// Browsers on other origins: preflights, whitelists, credentials.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { Client } from '../lib/client.mjs';
import { startServer } from '../lib/server.mjs';

let open, listed;
before(async () => {
  open = await startServer();
  listed = await startServer({ env: { CORS_ORIGIN_WHITELIST: 'https://good.example, https://also.example' } });
});
after(() => Promise.all([open.stop(), listed.stop()]));

const ask = (server, method, headers, path = '/api/app:getInfo') => new Client(server.url).request(method, path, undefined, headers);
const preflight = { origin: 'https://foreign.example', 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization,x-role' };

test('a preflight is answered 204 with methods and the asked headers, without a token', async () => {
  const { status, headers, raw } = await ask(open, 'OPTIONS', preflight, '/api/users:list');
  assert.equal(status, 204);
  assert.equal(raw.length, 0);
  assert.equal(headers['content-length'], undefined);
  assert.equal(headers['access-control-allow-origin'], 'https://foreign.example');
  assert.equal(headers['access-control-allow-headers'], 'authorization,x-role');
  for (const method of ['GET', 'HEAD', 'PUT', 'POST', 'DELETE', 'PATCH']) assert.ok(headers['access-control-allow-methods'].split(',').includes(method), method);
});
test('without a list a foreign origin is answered, without credentials', async () => {
  const { headers } = await ask(open, 'GET', { origin: 'https://foreign.example' });
  assert.equal(headers['access-control-allow-origin'], 'https://foreign.example');
  assert.equal(headers['access-control-allow-credentials'], undefined);
  assert.equal(headers['access-control-expose-headers'], 'content-disposition,x-new-token');
  assert.match(headers.vary, /origin/i);
});
test('the own origin gets credentials, also behind a proxy', async () => {
  const own = await ask(open, 'GET', { origin: open.url });
  assert.equal(own.headers['access-control-allow-credentials'], 'true');
  const proxied = await ask(open, 'GET', { origin: 'https://app.example', 'x-forwarded-proto': 'https', 'x-forwarded-host': 'app.example' });
  assert.equal(proxied.headers['access-control-allow-credentials'], 'true');
});
test('a list lets its origins in with credentials and leaves the others without any header', async () => {
  const good = await ask(listed, 'GET', { origin: 'https://also.example' });
  assert.equal(good.headers['access-control-allow-origin'], 'https://also.example');
  assert.equal(good.headers['access-control-allow-credentials'], 'true');
  for (const origin of ['https://foreign.example', 'http://good.example', 'https://good.example.evil.example', 'https://good.example:8443', 'null']) {
    const { headers } = await ask(listed, 'GET', { origin });
    assert.equal(headers['access-control-allow-origin'], undefined, origin);
    assert.equal(headers['access-control-allow-credentials'], undefined, origin);
  }
  assert.equal((await ask(listed, 'OPTIONS', preflight)).headers['access-control-allow-origin'], undefined);
});
test('no Origin, no headers; errors carry them too', async () => {
  assert.equal((await ask(open, 'GET', {})).headers['access-control-allow-origin'], undefined);
  const refused = await ask(open, 'GET', { origin: 'https://foreign.example' }, '/api/users:list');
  assert.deepEqual([refused.status, refused.headers['access-control-allow-origin']], [401, 'https://foreign.example']);
});
test('an origin cannot write headers of its own', async () => {
  for (const origin of ['https://x.example\u00e9', 'https://x.example\tSet-Cookie: a=b'])
    assert.equal((await ask(open, 'GET', { origin })).headers['access-control-allow-origin'], undefined);
});
test('sign-in refuses a foreign origin and a foreign referer', async () => {
  const signIn = (headers) => new Client(open.url).post('/api/auth:signIn', { account: 'nocobase', password: 'admin123' }, { 'x-authenticator': 'basic', ...headers });
  assert.equal((await signIn({ origin: 'https://foreign.example' })).status, 403);
  assert.equal((await signIn({ referer: 'https://foreign.example/page' })).status, 403);
  assert.equal((await signIn({ origin: open.url })).status, 200);
  assert.equal((await signIn({})).status, 200);
});
