import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import net from 'node:net';
import { after, before, test } from 'node:test';
import { startServer } from '../lib/server.mjs';
import { signIn, talk } from './support.mjs';

let server;
before(async () => { server = await startServer(); });
after(() => server.stop());

/** A small RFC 6455 client: text frames below 64 KiB, and close. */
class Socket {
  #buffer = Buffer.alloc(0);
  #frames = [];
  #waiting = [];

  static open(port, path = '/ws') {
    const client = new Socket();
    const key = randomBytes(16).toString('base64');
    return new Promise((resolve, reject) => {
      client.tcp = net.connect(port, '127.0.0.1');
      client.tcp.on('error', reject);
      client.tcp.on('close', () => client.#deliver({ opcode: 'ended' }));
      client.tcp.write(`GET ${path} HTTP/1.1\r\nHost: t\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`);
      let open = false;
      client.tcp.on('data', (chunk) => {
        client.#buffer = Buffer.concat([client.#buffer, chunk]);
        const end = client.#buffer.indexOf('\r\n\r\n');
        if (!open && end >= 0) {
          const head = client.#buffer.subarray(0, end).toString();
          client.#buffer = client.#buffer.subarray(end + 4);
          const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
          if (!head.startsWith('HTTP/1.1 101') || !head.includes(accept)) return reject(new Error(head));
          open = true;
          resolve(client);
        }
        if (open) client.#parse();
      });
    });
  }

  #parse() {
    while (this.#buffer.length >= 2) {
      let size = this.#buffer[1] & 127;
      let start = 2;
      if (size === 126) { if (this.#buffer.length < 4) return; size = this.#buffer.readUInt16BE(2); start = 4; }
      if (this.#buffer.length < start + size) return;
      this.#deliver({ opcode: this.#buffer[0] & 15, payload: this.#buffer.subarray(start, start + size) });
      this.#buffer = this.#buffer.subarray(start + size);
    }
  }

  #deliver(frame) { if (this.#waiting.length) this.#waiting.shift()(frame); else this.#frames.push(frame); }
  next() { return this.#frames.length ? Promise.resolve(this.#frames.shift()) : new Promise((done) => this.#waiting.push(done)); }

  send(text, opcode = 1) {
    const payload = Buffer.from(text);
    const mask = randomBytes(4);
    const head = payload.length < 126 ? Buffer.from([128 | opcode, 128 | payload.length])
      : Buffer.from([128 | opcode, 254, payload.length >> 8, payload.length & 255]);
    this.tcp.write(Buffer.concat([head, mask, payload.map((byte, i) => byte ^ mask[i % 4])]));
  }

  /** The next message of that type. */
  async message(type) {
    for (;;) {
      const frame = await this.next();
      assert.equal(frame.opcode, 1, `a text frame, while waiting for ${type}`);
      const message = JSON.parse(frame.payload);
      if (message.type === type) return message;
    }
  }
}

test('a token is authorized', async () => {
  const socket = await Socket.open(server.port);
  socket.send(JSON.stringify({ type: 'auth:token', payload: { token: await signIn(server), authenticator: 'basic' } }));
  assert.equal((await socket.message('authorized')).type, 'authorized');
  socket.send(Buffer.from([3, 232]), 8);
  let frame;
  do frame = await socket.next(); while (frame.opcode === 1);
  assert.equal(frame.opcode, 8);
  assert.equal(frame.payload.readUInt16BE(0), 1000);
});

test('garbage is no harm', async () => {
  const socket = await Socket.open(server.port);
  for (const text of ['', '{', '[]', '{"type":"auth:token"}', '{"type":"auth:token","payload":{"token":"x"}}', 'null']) socket.send(text);
  socket.send('alive?', 9);
  let frame;
  do frame = await socket.next(); while (frame.opcode === 1);
  assert.equal(frame.opcode, 10);
  assert.equal(frame.payload.toString(), 'alive?');
  socket.tcp.destroy();
});

test('a handshake without key is refused', async () => {
  const { status } = await talk(server.port, 'GET /ws HTTP/1.1\r\nHost: t\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n', (text) => text.includes('\r\n\r\n'));
  assert.equal(status, 400);
});

test('other paths do not upgrade', async () => {
  await assert.rejects(Socket.open(server.port, '/other'), /HTTP\/1\.1 (200|404)/);
});

test('a stopping server asks its clients to come back', async () => {
  const stopping = await startServer();
  const socket = await Socket.open(stopping.port);
  await socket.message('maintaining');
  const began = performance.now();
  const exit = stopping.kill('SIGTERM');
  const frame = await socket.next();
  assert.equal(frame.opcode, 8);
  assert.equal(frame.payload.readUInt16BE(0), 1012);
  assert.match(frame.payload.subarray(2).toString(), /connect again/);
  assert.equal((await exit).code, 0);  // without an answer to its close
  assert.ok(performance.now() - began < 2000);
  await stopping.stop();
});
