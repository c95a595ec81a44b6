import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, test } from 'node:test';
import zlib from 'node:zlib';
import { startServer } from '../lib/server.mjs';
import { signIn, talk } from './support.mjs';

let server;
let token;
before(async () => { server = await startServer(); token = await signIn(server); });
after(() => server.stop());

function request(path, { method = 'GET', headers = {}, agent } = {}) {
  return new Promise((resolve, reject) => {
    const asked = http.request(`${server.url}${path}`, { method, headers, agent }, (answer) => {
      const parts = [];
      answer.on('data', (part) => parts.push(part));
      answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(parts), reused: asked.reusedSocket }));
    });
    asked.on('error', reject);
    asked.end();
  });
}

test('connections are kept', async () => {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  assert.equal((await request('/livez', { agent })).reused, false);
  for (let i = 0; i < 3; ++i) assert.equal((await request('/livez', { agent })).reused, true);
  agent.destroy();
});

test('pipelined requests are answered in order', async () => {
  const paths = ['/livez', '/readyz', '/startupz', '/api/__health_check'];
  const bytes = paths.map((path, i) => `GET ${path} HTTP/1.1\r\nHost: t\r\nX-Request-Id: n${i}\r\n${i === 3 ? 'Connection: close\r\n' : ''}\r\n`).join('');
  const { text } = await talk(server.port, bytes);
  assert.deepEqual([...text.matchAll(/X-Request-Id: (n\d)/g)].map((found) => found[1]), ['n0', 'n1', 'n2', 'n3']);
  assert.equal(text.match(/HTTP\/1\.1 200 OK/g).length, 4);
});

test('health', async () => {
  const health = await request('/api/__health_check');
  assert.equal(health.status, 200);
  assert.equal(health.body.toString(), 'ok');
  for (const path of ['/livez', '/readyz', '/startupz']) assert.equal((await request(path)).status, 200, path);
  const head = await request('/api/__health_check', { method: 'HEAD' });
  assert.equal(head.status, 200);
  assert.equal(head.headers['content-length'], '2');
  assert.equal(head.body.length, 0);
});

test('lists are compressed as the client likes', async () => {
  const ask = (accepted) => request('/api/collections:listMeta', { headers: { Authorization: `Bearer ${token}`, 'X-Role': 'root', 'Accept-Encoding': accepted } });
  const plain = await ask('identity');
  assert.equal(plain.status, 200, plain.body.toString());
  assert.equal(plain.headers['content-encoding'], undefined);
  assert.ok(plain.body.length > 1024, 'the list is worth compressing');
  assert.match(plain.headers.vary, /Accept-Encoding/);
  for (const [coding, expand] of [['gzip', zlib.gunzipSync], ['br', zlib.brotliDecompressSync]]) {
    const answer = await ask(coding);
    assert.equal(answer.headers['content-encoding'], coding);
    assert.ok(answer.body.length < plain.body.length / 2);
    assert.deepEqual(JSON.parse(expand(answer.body)), JSON.parse(plain.body));
  }
});

test('CORS', async () => {
  const origin = 'https://client.example';
  const preflight = await request('/api/users:list', { method: 'OPTIONS', headers: { Origin: origin, 'Access-Control-Request-Method': 'POST', 'Access-Control-Request-Headers': 'authorization,x-role' } });
  assert.equal(preflight.status, 204);
  assert.equal(preflight.headers['access-control-allow-origin'], origin);
  assert.match(preflight.headers['access-control-allow-methods'], /POST/);
  assert.equal(preflight.headers['access-control-allow-headers'], 'authorization,x-role');
  const answer = await request('/api/app:getLang', { headers: { Origin: origin } });
  assert.equal(answer.headers['access-control-allow-origin'], origin);
  assert.match(answer.headers.vary, /Origin/);
});

test('request ids', async () => {
  assert.equal((await request('/livez', { headers: { 'X-Request-Id': 'my-id_1.2' } })).headers['x-request-id'], 'my-id_1.2');
  assert.match((await request('/livez', { headers: { 'X-Request-Id': 'not <plain>' } })).headers['x-request-id'], /^[0-9a-f-]{36}$/);
});

test('the landing page', async () => {
  const page = await request('/');
  assert.equal(page.status, 200);
  assert.match(page.headers['content-type'], /^text\/html/);
  assert.match(page.body.toString(), /<title>[^<]*Flotilla/);
  assert.match(page.body.toString(), /curl/);
  assert.doesNotMatch(page.body.toString(), /\{\{/);
});

test('unknown API paths', async () => {
  const answer = await request('/api/no/such/path/anywhere', { headers: { Authorization: `Bearer ${token}` } });
  assert.equal(answer.status, 404);
  assert.match(answer.headers['content-type'], /^text\/plain/);
  assert.equal(answer.body.toString(), 'Not Found');
});

test('ambiguous requests are refused and the connection ends', async () => {
  for (const fields of ['Content-Length: 4\r\nTransfer-Encoding: chunked', 'Content-Length: 1\r\nContent-Length: 2', 'Transfer-Encoding: gzip', 'X: a\r\n folded']) {
    const { status, ended } = await talk(server.port, `POST /api/users:list HTTP/1.1\r\nHost: t\r\n${fields}\r\n\r\n0\r\n\r\n`);
    assert.equal(status, 400, fields);
    assert.ok(ended);
  }
});
