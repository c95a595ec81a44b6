// HTTP/1.1 as RFC 9112 has it: persistent connections, pipelining, HEAD, framing that is refused.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { startServer } from '../lib/server.mjs';
import { exchange, Wire } from '../lib/wire.mjs';

let server;
before(async () => { server = await startServer(); });
after(() => server.stop());

const get = (path, more = '') => `GET ${path} HTTP/1.1\r\nHost: x\r\n${more}\r\n`;
async function open(t) {
  const wire = new Wire(server.port);
  t.after(() => wire.destroy());
  await wire.connected;
  return wire;
}

test('a connection serves one request after another', async (t) => {
  const wire = await open(t);
  for (let i = 0; i < 20; ++i) {
    wire.write(get('/api/__health_check'));
    const answer = await wire.next();
    assert.deepEqual([answer.status, answer.body, answer.headers.connection], [200, 'ok', undefined]);
  }
});
test('Connection: close is answered and kept, HTTP/1.0 closes by itself', async (t) => {
  for (const request of [get('/livez', 'Connection: close\r\n'), 'GET /livez HTTP/1.0\r\nHost: x\r\n\r\n']) {
    const wire = await open(t);
    wire.write(request);
    const answer = await wire.next();
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.connection, 'close');
    assert.equal(await wire.ends(2000), true);
  }
});
test('pipelined requests are answered in their order', async (t) => {
  const wire = await open(t);
  const ids = Array.from({ length: 30 }, (_, i) => `pipe-${i}`);
  wire.write(ids.map((id) => get(id.endsWith('7') ? '/api/roles:check' : '/livez', `X-Request-Id: ${id}\r\n`)).join(''));
  const got = [];
  for (const id of ids) { const answer = await wire.next(); got.push(answer.headers['x-request-id']); assert.equal(answer.status, id.endsWith('7') ? 401 : 200); }
  assert.deepEqual(got, ids);
});
test('a request that arrives byte by byte is one request', async (t) => {
  const wire = await open(t);
  const body = '{"account":"nobody","password":"x"}';
  for (const byte of `POST /api/auth:signIn HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`) {
    wire.write(byte);
    await new Promise(setImmediate);
  }
  assert.equal((await wire.next()).status, 401);
});
test('chunked bodies are put together', async (t) => {
  const wire = await open(t);
  const head = 'POST /api/auth:signIn HTTP/1.1\r\nHost: x\r\nX-Authenticator: basic\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n';
  const body = '{"account":"nocobase","password":"admin123"}';
  wire.write(`${head}1\r\n${body[0]}\r\n${(body.length - 1).toString(16).toUpperCase()};ext=1\r\n${body.slice(1)}\r\n0\r\nTrailer: x\r\n\r\n`);
  const answer = await wire.next();
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  assert.ok(answer.body.data.token);
  wire.write(get('/livez'));
  assert.equal((await wire.next()).status, 200);
});
test('Expect: 100-continue is answered before the body is sent', async (t) => {
  const wire = await open(t);
  const body = '{"account":"nobody","password":"x"}';
  wire.write(`POST /api/auth:signIn HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: ${body.length}\r\n\r\n`);
  assert.equal((await wire.next({ interim: true })).status, 100);
  wire.write(body);
  assert.equal((await wire.next()).status, 401);
});

test('HEAD has the head of GET and no body', async (t) => {
  const wire = await open(t);
  for (const path of ['/', '/api/__health_check', '/livez', '/api/nosuch:list']) {
    wire.write(get(path));
    const whole = await wire.next();
    wire.write(get(path).replace('GET', 'HEAD'));
    const head = await wire.next({ method: 'HEAD' });
    assert.equal(head.status, whole.status, path);
    for (const name of ['content-length', 'content-type']) assert.equal(head.headers[name], whole.headers[name], `${path} ${name}`);
  }
  wire.write(get('/livez'));
  assert.equal((await wire.next()).body, 'live\n', 'a body followed a HEAD');
});

test('every answer has Date and X-Request-Id; a plain id is taken over, another replaced', async () => {
  const ask = (more) => exchange(server.port, get('/livez', more));
  const first = await ask('');
  assert.match(first.headers['x-request-id'], /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  assert.ok(Math.abs(Date.parse(first.headers.date) - Date.now()) < 5000);
  assert.notEqual((await ask('')).headers['x-request-id'], first.headers['x-request-id']);
  assert.equal((await ask('X-Request-Id: my-id_1.2\r\n')).headers['x-request-id'], 'my-id_1.2');
  for (const bad of ['a b', 'a"b', '<x>', 'x'.repeat(65), '']) {
    const { status, headers } = await ask(`X-Request-Id: ${bad}\r\n`);
    assert.equal(status, 200);
    assert.match(headers['x-request-id'], /^[0-9a-f-]{36}$/, bad);
  }
});

test('requests whose framing is in doubt are refused with 400 and the connection ends', async (t) => {
  const line = 'POST /api/auth:signIn HTTP/1.1\r\nHost: x\r\n';
  for (const [what, bytes] of [
    ['no HTTP', 'hello\r\n\r\n'],
    ['no Host', 'GET /livez HTTP/1.1\r\n\r\n'],
    ['two Hosts', 'GET /livez HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n'],
    ['length and chunks', `${line}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['two lengths', `${line}Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcde`],
    ['a negative length', `${line}Content-Length: -1\r\n\r\n`],
    ['a length that is no number', `${line}Content-Length: 5x\r\n\r\nabcde`],
    ['a length beyond 64 bits', `${line}Content-Length: 99999999999999999999999\r\n\r\n`],
    ['a bad chunk size', `${line}Transfer-Encoding: chunked\r\n\r\nxyz\r\n`],
    ['a blank before the colon', `${line}Content-Length : 5\r\n\r\nabcde`],
    ['a NUL in a field', 'GET /livez HTTP/1.1\r\nHost: x\r\nA: b\u0000c\r\n\r\n'],
    ['a blank in the target', 'GET /livez x HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['an absolute target', 'GET http://x/livez HTTP/1.1\r\nHost: x\r\n\r\n'],
  ]) {
    const wire = await open(t);
    wire.write(bytes);
    const answer = await wire.next();
    assert.equal(answer?.status, 400, what);
    assert.ok(answer.body.errors[0].message, what);
    assert.equal(answer.headers.connection, 'close', what);
    assert.equal(await wire.ends(2000), true, `${what}: something followed`);
  }
});
test('what follows a refused request is not served (request smuggling)', async (t) => {
  const wire = await open(t);
  wire.write(`POST /livez HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${get('/readyz')}`);
  assert.equal((await wire.next()).status, 400);
  assert.equal(await wire.next(), null);
});
test('a client that goes away in the middle harms nobody', async (t) => {
  for (let i = 0; i < 50; ++i) {
    const wire = new Wire(server.port);
    await wire.connected;
    wire.write(i % 2 ? 'POST /api/auth:signIn HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"acc' : 'GET /api/app:getLang HTTP/1.1\r\nHost: x\r\n\r\n');
    wire.destroy();
  }
  assert.equal((await exchange(server.port, get('/readyz'))).status, 200);
});
