// The WebSocket door: handshake, the token conversation, and clients that break RFC 6455.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { Client } from '../lib/client.mjs';
import { startServer } from '../lib/server.mjs';
import { opcodes, Socket } from '../lib/websocket.mjs';
import { exchange } from '../lib/wire.mjs';

let server, client;
before(async () => { server = await startServer(); client = new Client(server.url); await client.signIn(); });
after(() => server.stop());

async function open(t, path, headers) {
  const socket = await Socket.open(server.port, path, headers);
  t.after(() => socket.destroy());
  return socket;
}
const sendToken = (socket, token, authenticator = 'basic') => socket.sendJson({ type: 'auth:token', payload: { token, authenticator } });
/** A ping is answered after everything that was sent before it: what has not come by then does not come. */
async function nothingBut(socket, types) {
  socket.sendFrame(opcodes.ping, 'mark');
  for (;;) {
    const frame = await socket.frame();
    assert.ok(frame, 'closed');
    if (frame.opcode === opcodes.pong && frame.payload.toString() === 'mark') return;
    const { type } = JSON.parse(frame.payload);
    assert.ok(types.includes(type), `unexpected ${type}`);
  }
}

test('a good token is answered with authorized', async (t) => {
  const socket = await open(t);
  sendToken(socket, client.token);
  assert.deepEqual(await socket.messageOf('authorized'), { type: 'authorized' });
});
test('bad, empty and missing tokens are not authorized, and the connection stays', async (t) => {
  const socket = await open(t);
  for (const token of ['', 'x', `${client.token}x`, null, 5, {}]) sendToken(socket, token);
  socket.sendJson({ type: 'auth:token' });
  await nothingBut(socket, ['maintaining', 'notification']);
  sendToken(socket, client.token);
  await socket.messageOf('authorized');
});
test('ping as text is ignored, messages that nobody knows too', async (t) => {
  const socket = await open(t);
  for (const text of ['ping', '', '{', '[]', 'null', '"x"', '{"type":5}', '{"type":"no:such","payload":{}}', 'x'.repeat(100_000)]) socket.sendText(text);
  socket.sendFrame(opcodes.binary, Buffer.from([0, 255, 1]));
  await nothingBut(socket, ['maintaining']);
});
test('a message in pieces is one message', async (t) => {
  const socket = await open(t);
  const text = JSON.stringify({ type: 'auth:token', payload: { token: client.token, authenticator: 'basic' } });
  socket.sendFrame(opcodes.text, text.slice(0, 10), { fin: false });
  socket.sendFrame(opcodes.ping, 'between');
  socket.sendFrame(opcodes.continuation, text.slice(10, 40), { fin: false });
  socket.sendFrame(opcodes.continuation, text.slice(40));
  await socket.messageOf('authorized');
});
test('a close is answered with a close', async (t) => {
  const socket = await open(t);
  socket.sendFrame(opcodes.close, Buffer.from([0x03, 0xe8]));
  await assert.rejects(async () => { for (;;) await socket.message(); }, /closed with 1000/);
});
test('a client that breaks the protocol is closed, and only it', async (t) => {
  const bystander = await open(t);
  for (const [what, frame] of [
    ['no mask', [opcodes.text, 'x', { masked: false }]],
    ['a reserved bit', [opcodes.text, 'x', { rsv: 4 }]],
    ['a reserved opcode', [3, 'x']],
    ['a ping in pieces', [opcodes.ping, 'x', { fin: false }]],
    ['a long ping', [opcodes.ping, 'x'.repeat(126)]],
    ['a piece of nothing', [opcodes.continuation, 'x']],
    ['text that is no UTF-8', [opcodes.text, Buffer.from([0xff, 0xfe])]],
    ['a message over the limit', [opcodes.text, 'x'.repeat(1024 * 1024 + 1)]],
  ]) {
    const socket = await open(t);
    socket.sendFrame(...frame);
    await assert.rejects(async () => { for (;;) await socket.message(); }, /closed/, what);
  }
  sendToken(bystander, client.token);
  await bystander.messageOf('authorized');
});
test('an upgrade elsewhere, or one that is none, is refused', async () => {
  for (const path of ['/nosuch', '/api/ws', '/ws/more']) await assert.rejects(Socket.open(server.port, path), (error) => error.status !== 101, path);
  for (const headers of [{ 'Sec-WebSocket-Version': '8' }, { 'Sec-WebSocket-Key': null }, { 'Sec-WebSocket-Version': null }])
    await assert.rejects(Socket.open(server.port, '/ws', headers), (error) => error.status !== 101, JSON.stringify(headers));
  assert.notEqual((await exchange(server.port, 'GET /ws HTTP/1.1\r\nHost: x\r\n\r\n')).status, 101);
});
test('many sockets at once, and a server that still ends', async () => {
  const own = await startServer();
  const sockets = await Promise.all(Array.from({ length: 100 }, () => Socket.open(own.port)));
  const there = new Client(own.url);
  await there.signIn();
  for (const socket of sockets) sendToken(socket, there.token);
  await Promise.all(sockets.map((socket) => socket.messageOf('authorized')));
  const began = performance.now();
  assert.deepEqual(await own.kill('SIGTERM'), { code: 0, signal: null });
  assert.ok(performance.now() - began < 5000, `open sockets held up the end for ${Math.round(performance.now() - began)} ms`);
  await own.stop();
});
