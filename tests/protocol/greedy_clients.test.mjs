// Greedy, slow and silent clients are cut off by a limit with a name, and do not hold up others.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { startServer } from '../lib/server.mjs';
import { exchange, Wire } from '../lib/wire.mjs';

const headTimeoutMs = 400, bodyTimeoutMs = 600, idleTimeoutMs = 800;
let server, narrow;
before(async () => {
  server = await startServer({ env: { REQUEST_BODY_LIMIT: '64kb', FLOTILLA_HTTP_UPLOAD_BYTES_MAX: '256kb', FLOTILLA_HTTP_HEADER_BYTES_MAX: '8kb' } });
  narrow = await startServer({
    env: {
      FLOTILLA_HTTP_HEADER_TIMEOUT_MS: String(headTimeoutMs), FLOTILLA_HTTP_BODY_TIMEOUT_MS: String(bodyTimeoutMs),
      FLOTILLA_HTTP_IDLE_TIMEOUT_MS: String(idleTimeoutMs), FLOTILLA_HTTP_CONNECTIONS_MAX: '8',
    },
  });
});
after(() => Promise.all([server.stop(), narrow.stop()]));

const health = 'GET /api/__health_check HTTP/1.1\r\nHost: x\r\n\r\n';
const post = (length, type = 'application/json') => `POST /api/auth:signIn HTTP/1.1\r\nHost: x\r\nContent-Type: ${type}\r\nContent-Length: ${length}\r\n\r\n`;
const message = (answer) => answer.body.errors[0].message;
async function open(t, port) {
  const wire = new Wire(port);
  t.after(() => wire.destroy());
  await wire.connected;
  return wire;
}

test('413: a body over REQUEST_BODY_LIMIT, by its length and by its chunks, named in the message', async () => {
  const declared = await exchange(server.port, post(64 * 1024 + 1));
  assert.equal(declared.status, 413);
  assert.match(message(declared), /65536.*REQUEST_BODY_LIMIT/);
  const chunk = `4000\r\n${'x'.repeat(0x4000)}\r\n`;
  const chunked = await exchange(server.port, `POST /api/auth:signIn HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${chunk.repeat(5)}0\r\n\r\n`);
  assert.equal(chunked.status, 413);
  assert.match(message(chunked), /REQUEST_BODY_LIMIT/);
});
test('a body of exactly the limit is read', async () => {
  const body = `{"account":"${'x'.repeat(64 * 1024 - 29)}","password":"x"}`.slice(0, 64 * 1024);
  assert.equal((await exchange(server.port, post(body.length) + body)).status < 413, true);
});
test('413 reaches a client that is still sending', async () => {
  const size = 4 * 1024 * 1024;
  const answer = await exchange(server.port, post(size) + 'x'.repeat(size));
  assert.equal(answer?.status, 413, 'the connection was reset before the answer could be read');
});
test('uploads have a limit of their own', async () => {
  const type = 'multipart/form-data; boundary=b';
  assert.equal((await exchange(server.port, post(256 * 1024 + 1, type))).status, 413);
  const body = `--b\r\ncontent-disposition: form-data; name="a"\r\n\r\n${'x'.repeat(100_000)}\r\n--b--\r\n`;
  assert.notEqual((await exchange(server.port, post(body.length, type) + body)).status, 413);
});
test('431: a head over FLOTILLA_HTTP_HEADER_BYTES_MAX, one field or many, ended or not', async () => {
  for (const fields of [`A: ${'x'.repeat(9000)}\r\n\r\n`, `${'A: b\r\n'.repeat(2000)}\r\n`, `A: ${'x'.repeat(9000)}`]) {
    const answer = await exchange(server.port, `GET /livez HTTP/1.1\r\nHost: x\r\n${fields}`);
    assert.equal(answer.status, 431);
    assert.match(message(answer), /8192/);
  }
});
test('414: a target over 32 KiB, where the head may be larger', async () => {
  const answer = await exchange(narrow.port, `GET /api/users:list?x=${'x'.repeat(33 * 1024)} HTTP/1.1\r\nHost: x\r\n\r\n`);
  assert.equal(answer.status, 414);
  assert.match(message(answer), /32768/);
});

test('408: a head or a body that does not come to its end', async (t) => {
  for (const [start, limit, text] of [['GET /livez HTTP/1.1\r\nHost: x\r\n', headTimeoutMs, /head/], [`${post(100)}{"a`, bodyTimeoutMs, /body/]]) {
    const wire = await open(t, narrow.port);
    const began = performance.now();
    wire.write(start);
    const answer = await wire.next({ timeoutMs: 10_000 });
    assert.equal(answer?.status, 408);
    assert.match(message(answer), text);
    assert.ok(performance.now() - began >= limit - 50, 'cut off before its time');
    assert.equal(await wire.ends(), true);
  }
});
test('408: dripping bytes does not buy time', async (t) => {
  const wire = await open(t, narrow.port);
  wire.write('GET /livez HTTP/1.1\r\nHost: x\r\nA: ');
  const drip = setInterval(() => wire.write('x'), 50);
  t.after(() => clearInterval(drip));
  assert.equal((await wire.next({ timeoutMs: 10_000 }))?.status, 408);
});
test('a silent connection is closed without an answer after the idle time, a used one too', async (t) => {
  const silent = await open(t, narrow.port), used = await open(t, narrow.port);
  used.write(health);
  assert.equal((await used.next()).status, 200);
  const began = performance.now();
  assert.equal(await silent.ends(10_000), true);
  assert.equal(await used.ends(10_000), true);
  assert.ok(performance.now() - began >= idleTimeoutMs - 300);
});
test('connections over the limit are turned away with 503, and let in again', async (t) => {
  const held = [];
  for (let i = 0; i < 8; ++i) held.push(await open(t, narrow.port));
  for (const wire of held) { wire.write(health); assert.equal((await wire.next()).status, 200); }
  const over = await open(t, narrow.port);
  const answer = await over.next();
  assert.equal(answer?.status, 503);
  assert.ok(answer.headers['retry-after']);
  for (const wire of held) wire.destroy();
  const deadline = Date.now() + 5000;
  for (;;) {
    const again = await exchange(narrow.port, health).catch(() => null);
    if (again?.status === 200) break;
    assert.ok(Date.now() < deadline, 'nobody is let in any more');
  }
});
test('slow clients do not hold up others', async (t) => {
  for (let i = 0; i < 200; ++i) { const wire = await open(t, server.port); wire.write(i % 2 ? 'GET /livez HTT' : `${post(100)}{`); }
  const began = performance.now();
  for (let i = 0; i < 20; ++i) assert.equal((await exchange(server.port, health)).status, 200);
  assert.ok(performance.now() - began < 5000);
});
