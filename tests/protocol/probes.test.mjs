// Probes, the landing page, and paths that are not there.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { Client } from '../lib/client.mjs';
import { startServer } from '../lib/server.mjs';

let server, client;
before(async () => { server = await startServer(); client = new Client(server.url); });
after(() => server.stop());

test('__health_check says ok, with or without a query', async () => {
  for (const path of ['/api/__health_check', '/api/__health_check?x=1']) {
    const { status, text, headers } = await client.get(path);
    assert.deepEqual([status, text], [200, 'ok']);
    assert.match(headers['content-type'], /^text\/plain/);
  }
});
test('live, ready and startup probes', async () => {
  for (const [path, said] of [['/livez', 'live'], ['/readyz', 'ready'], ['/startupz', 'started']]) {
    const { status, text, headers } = await client.get(path);
    assert.deepEqual([status, text.trim()], [200, said]);
    assert.equal(headers['cache-control'], 'no-store');
  }
});
test('the landing page is HTML, says how to sign in, and runs no script', async () => {
  for (const path of ['/', '/admin/anything', '/signin?redirect=/']) {
    const { status, text, headers } = await client.get(path, { accept: 'text/html' });
    assert.equal(status, 200);
    assert.match(headers['content-type'], /^text\/html; *charset=utf-8/i);
    assert.match(headers['content-security-policy'], /default-src 'none'/);
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.match(text, /auth:signIn/);
    assert.doesNotMatch(text, /\{\{|<script/);
  }
});
test('a Host header does not write into the page', async () => {
  const { text } = await client.get('/', { host: '"><img src=x onerror=alert(1)>' });
  assert.doesNotMatch(text, /<img/);
});
test('unknown resources and actions are 404 as plain text, before any token is asked for', async () => {
  for (const path of ['/api/nosuch:list', '/api/nosuch', '/api/users:nosuch', '/api/', '/api/a/b/c/d/e']) {
    const { status, text, headers } = await client.get(path);
    assert.deepEqual([status, text], [404, 'Not Found'], path);
    assert.match(headers['content-type'], /^text\/plain/);
  }
  assert.equal((await client.get('/api/users:list')).status, 401);
});
test('other methods outside the API are 404', async () => {
  for (const method of ['POST', 'PUT', 'DELETE']) assert.equal((await client.request(method, '/admin', '')).status, 404, method);
});
test('nothing of the disk is served', async () => {
  const secrets = ['/../../../../etc/passwd', '/storage/../storage/db/flotilla.sqlite', '/storage/db/flotilla.sqlite', '/%2e%2e/%2e%2e/etc/passwd', '/storage/uploads/../../db/flotilla.sqlite', '/.env', '/storage/uploads/..%2f..%2fdb%2fflotilla.sqlite'];
  for (const path of secrets) assert.doesNotMatch((await client.get(path)).text, /root:|SQLite format/, path);
});
