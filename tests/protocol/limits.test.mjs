import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startServer } from '../lib/server.mjs';
import { keepAlive, talk } from './support.mjs';

let server;
before(async () => {
  server = await startServer({
    env: {
      FLOTILLA_HTTP_IDLE_TIMEOUT_MS: '1000', FLOTILLA_HTTP_HEADER_TIMEOUT_MS: '1000', FLOTILLA_HTTP_BODY_TIMEOUT_MS: '1000',
      FLOTILLA_HTTP_HEADER_BYTES_MAX: '2kb', FLOTILLA_HTTP_CONNECTIONS_MAX: '20', REQUEST_BODY_LIMIT: '10kb',
    },
  });
});
after(() => server.stop());

test('a head over the limit', async () => {
  const { status, ended } = await talk(server.port, `GET / HTTP/1.1\r\nHost: t\r\nX: ${'a'.repeat(3000)}\r\n\r\n`);
  assert.equal(status, 431);
  assert.ok(ended);
});

test('a body over the limit, told while it is still being sent', async () => {
  const { status, text } = await talk(server.port, `POST /api/auth:signIn HTTP/1.1\r\nHost: t\r\nContent-Length: 3000000\r\n\r\n${'x'.repeat(3_000_000)}`);
  assert.equal(status, 413);
  assert.match(text, /REQUEST_BODY_LIMIT/);
});

test('time-outs', async () => {
  assert.equal((await talk(server.port, 'GET / HT')).status, 408);
  assert.equal((await talk(server.port, 'POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 9\r\n\r\nab')).status, 408);
  const idle = await keepAlive(server.port);
  await new Promise((done) => idle.once('close', done));
});

test('too many connections', async () => {
  const open = await Promise.all(Array.from({ length: 20 }, () => keepAlive(server.port).catch(() => null)));
  const { status, ended } = await talk(server.port, 'GET /livez HTTP/1.1\r\nHost: t\r\n\r\n');
  assert.equal(status, 503);
  assert.ok(ended);
  open.forEach((socket) => socket?.destroy());
});
