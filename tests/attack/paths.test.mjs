// Paths that lead out of the folder of uploads, and bodies, heads and framings that are meant to confuse.
import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { Socket } from '../lib/websocket.mjs';
import { exchange, Wire } from '../lib/wire.mjs';
import { appKey } from '../lib/server.mjs';
import { sessionClaims, sign } from '../lib/tokens.mjs';
import { assertRefused, openWorld } from './world.mjs';

const world = openWorld({ REQUEST_BODY_LIMIT: '256kb' });
const textOf = (answer) => answer.raw.toString('latin1');
const raw = (path, more = '', method = 'GET') => exchange(world.port, `${method} ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${more}\r\n`, { method });

test('out of the folder of uploads', async () => {
  const uploads = join(world.server.folder, 'storage/uploads');
  mkdirSync(join(uploads, 'deep'), { recursive: true });
  writeFileSync(join(uploads, 'deep/fine.txt'), 'fine');
  symlinkSync('/etc/passwd', join(uploads, 'deep/link.txt'));
  symlinkSync('/etc', join(uploads, 'etc'));
  assert.equal(textOf(await raw('/storage/uploads/deep/fine.txt')), 'fine');
  const up = ['..', '%2e%2e', '%2E.', '.%2e', '..%00', '%252e%252e', '..;', '%c0%ae%c0%ae', '%e0%80%ae%e0%80%ae', '..%5c', '..\\', '%uff0e%uff0e', '....', '.%00.'];
  const slashes = ['/', '%2f', '%2F', '%5c', '\\', '//', '%252f', '/./'];
  const goals = ['db/flotilla.sqlite', 'apps/main/jwt_secret.dat', 'logs/main/system.log', '.env'];
  for (const dots of up)
    for (const slash of slashes)
      for (const goal of goals)
        for (const depth of [1, 3]) {
          const path = `/storage/uploads/deep${slash}${`${dots}${slash}`.repeat(depth + 1)}${goal}`;
          const answer = await raw(path);
          // Other paths of the server answer the landing page: then the path led nowhere below uploads.
          assert.ok([400, 403, 404].includes(answer.status) || answer.headers['content-type']?.startsWith('text/html'), `${path}: ${answer.status}`);
          assert.ok(!/SQLite format|root:/.test(textOf(answer)), path);
        }
  for (const path of ['/storage/uploads//etc/passwd', '/storage/uploads/%2fetc%2fpasswd', '/storage/uploads/deep/link.txt', '/storage/uploads/etc/passwd', '/storage/uploads/file:///etc/passwd', '/storage/uploads/deep', '/storage/uploads/', '/storage/uploads/deep/fine.txt/', '/storage/uploads/deep/fine.txt%00.png']) {
    const answer = await raw(path);
    assert.ok([400, 403, 404].includes(answer.status), `${path}: ${answer.status}`);
    assert.ok(!textOf(answer).includes('root:'), path);
  }
  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) assert.ok([404, 405].includes((await raw('/storage/uploads/deep/fine.txt', 'Content-Length: 0\r\n', method)).status), method);
});

test('what is uploaded does not run in this origin', async () => {
  for (const name of ['page.html', 'page.HTM', 'image.svg', 'data.xml', 'paper.pdf', 'page.xhtml']) {
    writeFileSync(join(world.server.folder, 'storage/uploads', name), '<script>alert(1)</script>');
    const { headers } = await raw(`/storage/uploads/${name}`);
    assert.match(headers['content-disposition'] ?? '', /attachment/, name);
    assert.equal(headers['content-security-policy'], 'sandbox');
    assert.equal(headers['x-content-type-options'], 'nosniff');
  }
});

test('bodies that are too large or too deep', async () => {
  const large = JSON.stringify({ title: 'x'.repeat(300_000) });
  assertRefused(await world.root.post('/api/papers:create', large, { 'content-type': 'application/json' }), 413, 'a large body');
  assertRefused(await world.nobody().post('/api/auth:signIn', large, { 'content-type': 'application/json' }), 413, 'a large body of nobody');
  const nest = (open, close, depth, core = '1') => open.repeat(depth) + core + close.repeat(depth);
  for (const depth of [200, 5_000, 50_000])
    for (const body of [nest('[', ']', depth), nest('{"a":', '}', depth), `{"title":${nest('[', ']', depth)}}`, `{"meta":${nest('{"a":', '}', depth)}}`, '['.repeat(depth), '{"a":'.repeat(depth)]) {
      const answer = await world.root.post('/api/papers:create', body, { 'content-type': 'application/json' });
      assert.ok(answer.status < 500, `${depth}: ${answer.status}`);
      if (depth > 200) assertRefused(answer, [400, 413], `${body.slice(0, 12)}… ${depth}`);
    }
  const group = (depth) => JSON.parse(nest('{"$and":[', ']}', depth, '{"title":"x"}'));
  for (const depth of [50, 2_000]) assert.ok((await world.root.post('/api/papers:query', { filter: group(depth), measures: [{ field: 'id', aggregation: 'count', alias: 'n' }] })).status < 500, `filter ${depth}`);
  assertRefused(await world.root.get(`/api/papers:list?filter=${encodeURIComponent(JSON.stringify({ $or: Array.from({ length: 1500 }, (_, i) => ({ pages: i })) }))}`), [400, 414, 431], 'many terms');
  assertRefused(await world.root.get(`/api/papers:list?${Array.from({ length: 1500 }, (_, i) => `a${i}=1`).join('&')}`), [400, 414, 431], 'many parameters');
  assertRefused(await world.root.get(`/api/papers:list?${'a[b]'.repeat(1)}${'[c]'.repeat(500)}=1`), [200, 400], 'deep parameters');
  assertRefused(await world.root.post('/api/papers:create', Array.from({ length: 10_001 }, () => ({})), {}), [400], 'many records');
  assertRefused(await world.root.post('/api/papers:create', Buffer.from('1f8b0800', 'hex'), { 'content-encoding': 'gzip', 'content-type': 'application/json' }), [400, 415], 'a packed body');
  for (const body of ['{"title":"a","title":"b"}', '{"__proto__":{"isAdmin":true},"title":"x"}', '{"constructor":{"prototype":{"a":1}},"title":"x"}', '\ufeff{}', '{"title":"\\ud800"}', 'NaN', '{"pages":1e999}'])
    assert.ok((await world.root.post('/api/papers:create', body, { 'content-type': 'application/json' })).status < 500, body);
});

test('heads that two servers would read differently', async () => {
  const smuggled = 'GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n';
  const post = (headers, body = '') => `POST /api/auth:signIn HTTP/1.1\r\nHost: x\r\n${headers}\r\n\r\n${body}`;
  const chunked = `0\r\n\r\n${smuggled}`;
  const cases = {
    'length and chunks': post(`Content-Length: ${chunked.length}\r\nTransfer-Encoding: chunked`, chunked),
    'chunks and length': post('Transfer-Encoding: chunked\r\nContent-Length: 4', chunked),
    'two lengths': post('Content-Length: 0\r\nContent-Length: 37', smuggled),
    'a list of lengths': post('Content-Length: 0, 37', smuggled),
    'a signed length': post('Content-Length: +0', smuggled),
    'a negative length': post('Content-Length: -1', smuggled),
    'a length in hex': post('Content-Length: 0x25', smuggled),
    'a blank before the colon': post('Content-Length : 0', smuggled),
    'a blank before the colon of the encoding': post('Transfer-Encoding : chunked', chunked),
    'a folded head': post('X-A: b\r\n Transfer-Encoding: chunked', chunked),
    'an unknown encoding': post('Transfer-Encoding: xchunked', chunked),
    'chunked twice': post('Transfer-Encoding: chunked, chunked', chunked),
    'identity': post('Transfer-Encoding: chunked, identity', chunked),
    'a quoted encoding': post('Transfer-Encoding: "chunked"', chunked),
    'a vertical tab': post('Transfer-Encoding: \x0bchunked', chunked),
    'a chunk size too large': post('Transfer-Encoding: chunked', `fffffffffffffffff\r\n${smuggled}`),
    'a signed chunk size': post('Transfer-Encoding: chunked', `-1\r\n${smuggled}`),
    'a chunk size in 0x': post('Transfer-Encoding: chunked', `0x0\r\n\r\n${smuggled}`),
    'a bare CR in a value': post('X-A: b\rTransfer-Encoding: chunked', chunked),
    'a NUL in a name': post('X\0-A: b', smuggled),
    'a line without a colon': post('Transfer-Encoding', chunked),
    'two hosts': `GET /api/auth:check HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n`,
    'no host': 'GET /api/auth:check HTTP/1.1\r\n\r\n',
  };
  for (const [what, bytes] of Object.entries(cases)) {
    const wire = new Wire(world.port);
    try {
      await wire.connected;
      wire.write(bytes);
      wire.end();
      const statuses = [];
      for (let answer; (answer = await wire.next().catch(() => null));) statuses.push(answer.status);
      assert.ok(statuses.length <= 1, `${what}: answered ${statuses.join()}: the smuggled request was taken for one`);
      assert.ok(statuses.every((status) => [400, 413, 415, 431, 501].includes(status)), `${what}: ${statuses.join()}`);
    } finally {
      wire.destroy();
    }
  }
});

test('an answer’s head cannot be split by what a caller sends', async () => {
  for (const path of ['/api/auth:check?x=%0d%0aSet-Cookie:%20a=b', '/storage/uploads/%0d%0aX-Injected:%201', '/%0d%0aX-Injected:%201'])
    assert.ok(!('x-injected' in (await raw(path)).headers), path);
  const answer = await raw('/api/auth:check', 'X-Request-Id: a%0d%0aX-Injected: 1\r\nOrigin: https://a.example%0d%0aX-Injected: 1\r\n');
  assert.ok(!('x-injected' in answer.headers));
});

test('a WebSocket without a token, or with a forged one, is nobody’s', async () => {
  const forged = sign(sessionClaims(1), 'another-key-0123456789-0123456789');
  const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify(sessionClaims(1))).toString('base64url')}.`;
  for (const payload of [undefined, null, {}, { token: '' }, { token: null }, { token: {} }, { token: forged }, { token: none }, { token: appKey }, [], 'x']) {
    const socket = await Socket.open(world.port);
    try {
      socket.sendText(JSON.stringify({ type: 'auth:token', payload }));
      socket.sendText(JSON.stringify({ type: 'ws:sendToUser', payload: { userId: 1 } }));
      socket.sendText('ping');
      socket.sendText(JSON.stringify({ type: 'auth:token', payload: { token: world.mia.token, authenticator: 'basic' } }));
      // The first "authorized" is that of the good token: the bad one before it had none.
      const first = await socket.messageOf('authorized');
      assert.deepEqual(first, { type: 'authorized' });
      await assert.rejects(socket.message(150), 'a second message');
    } finally {
      socket.destroy();
    }
  }
  for (const path of ['/ws/../api', '/api/auth:check', '/wss', '/ws%2f'])
    await assert.rejects(Socket.open(world.port, path), path);
});
