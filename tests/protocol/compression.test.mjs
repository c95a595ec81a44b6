// Content codings: what the client asks for, what is worth it, and that the bytes are right.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { Client } from '../lib/client.mjs';
import { startServer } from '../lib/server.mjs';

let server, client, plain;
const path = '/api/collections:list?paginate=false&appends=fields';
before(async () => {
  server = await startServer();
  client = new Client(server.url);
  await client.signIn();
  plain = await client.get(path);
  assert.ok(plain.raw.length > 3000, 'too small to be compressed');
});
after(() => server.stop());
const ask = (accept, where = path) => client.get(where, accept === null ? {} : { 'accept-encoding': accept });

test('gzip and br hold the same bytes, and are smaller', async () => {
  for (const [accept, unpack] of [['gzip', gunzipSync], ['br', brotliDecompressSync]]) {
    const { headers, raw, status } = await ask(accept);
    assert.equal(status, 200);
    assert.equal(headers['content-encoding'], accept);
    assert.equal(Number(headers['content-length']), raw.length);
    assert.match(headers.vary, /accept-encoding/i);
    assert.equal(unpack(raw).toString(), plain.text);
    assert.ok(raw.length < plain.raw.length / 2);
  }
});
test('nobody gets what he did not ask for', async () => {
  for (const accept of [null, '', 'identity', 'deflate', 'gzip;q=0', 'gzip;q=0, br;q=0', '*;q=0', 'zstd', 'gzipped', 'br;q=0.000'])
    assert.equal((await ask(accept)).headers['content-encoding'], undefined, String(accept));
});
test('weights decide; on a par br wins', async () => {
  for (const [accept, coding] of [['gzip, br', 'br'], ['gzip, deflate, br, zstd', 'br'], ['gzip;q=1, br;q=0.5', 'gzip'], ['br;q=0, gzip', 'gzip'], ['GZIP', 'gzip'], ['*', 'br'], ['br;q=0, *', 'gzip']])
    assert.equal((await ask(accept)).headers['content-encoding'], coding, accept);
});
test('also without a coding the answer says that it varies', async () => {
  assert.match((await ask(null)).headers.vary, /accept-encoding/i);
});
test('small answers and probes stay as they are', async () => {
  for (const where of ['/api/__health_check', '/livez', '/api/nosuch:list']) assert.equal((await ask('gzip, br', where)).headers['content-encoding'], undefined, where);
});
test('HEAD names the same coding and sends nothing', async () => {
  const { status, headers, raw } = await client.request('HEAD', path, undefined, { 'accept-encoding': 'gzip' });
  assert.deepEqual([status, headers['content-encoding'], raw.length], [200, 'gzip', 0]);
});
