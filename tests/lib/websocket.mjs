// A WebSocket client (RFC 6455) by hand: Node 18 and 20 have none, and a test wants to break the rules too.
import { createHash, randomBytes } from 'node:crypto';
import { Wire } from './wire.mjs';

export const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 };

/** One frame of a client: masked unless told otherwise. */
export function frame(opcode, payload, { fin = true, masked = true, rsv = 0 } = {}) {
  const data = Buffer.from(payload);
  const head = [(fin ? 0x80 : 0) | (rsv << 4) | opcode];
  const mask = masked ? 0x80 : 0;
  if (data.length < 126) head.push(mask | data.length);
  else if (data.length < 65_536) head.push(mask | 126, data.length >> 8, data.length & 255);
  else { const size = Buffer.alloc(8); size.writeBigUInt64BE(BigInt(data.length)); head.push(mask | 127, ...size); }
  if (!masked) return Buffer.concat([Buffer.from(head), data]);
  const key = randomBytes(4);
  return Buffer.concat([Buffer.from(head), key, data.map((byte, i) => byte ^ key[i % 4])]);
}

export class Socket {
  constructor(wire) { this.wire = wire; }

  /** Upgrades a connection; throws with the answer's status when the server refuses. */
  static async open(port, path = '/ws', headers = {}) {
    const wire = new Wire(port);
    await wire.connected;
    const key = randomBytes(16).toString('base64');
    const all = {
      Host: `127.0.0.1:${port}`, Upgrade: 'websocket', Connection: 'Upgrade', 'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': key, ...headers,
    };
    const lines = Object.entries(all).filter(([, value]) => value !== null).map(([name, value]) => `${name}: ${value}\r\n`);
    wire.write(`GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`);
    const answer = await wire.next({ interim: true });
    if (answer?.status !== 101) {
      wire.destroy();
      throw Object.assign(new Error(`upgrade of ${path} refused: ${answer ? answer.status : 'closed'}`), { status: answer?.status ?? null });
    }
    const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
    if (answer.headers['sec-websocket-accept'] !== accept) throw new Error('Sec-WebSocket-Accept does not fit the key');
    return new Socket(wire);
  }

  sendText(text) { this.wire.write(frame(opcodes.text, text)); }
  sendJson(value) { this.sendText(JSON.stringify(value)); }
  sendFrame(...args) { this.wire.write(frame(...args)); }

  /** The next frame {opcode, fin, payload}, or null when the connection ended. */
  async frame(timeoutMs = 5000) {
    const deadline = Date.now() + timeoutMs;
    const head = await this.wire.bytes(2, deadline);
    if (!head) return null;
    if (head[1] & 0x80) throw new Error('a server must not mask its frames');
    let length = head[1] & 0x7f;
    if (length === 126) length = (await this.wire.bytes(2, deadline))?.readUInt16BE();
    else if (length === 127) length = Number((await this.wire.bytes(8, deadline))?.readBigUInt64BE());
    const payload = length === undefined ? null : await this.wire.bytes(length, deadline);
    return payload && { opcode: head[0] & 15, fin: Boolean(head[0] & 0x80), payload: Buffer.from(payload) };
  }

  /** The next message as JSON; pings are answered on the way. Throws when a close comes instead. */
  async message(timeoutMs = 5000) {
    const parts = [];
    for (;;) {
      const got = await this.frame(timeoutMs);
      if (!got || got.opcode === opcodes.close) throw new Error(`closed${got?.payload.length >= 2 ? ` with ${got.payload.readUInt16BE()}` : ''}`);
      if (got.opcode === opcodes.ping) this.sendFrame(opcodes.pong, got.payload);
      if (got.opcode >= opcodes.close) continue;
      parts.push(got.payload);
      if (got.fin) return JSON.parse(Buffer.concat(parts).toString('utf8'));
    }
  }
  /** The next message of this type; others are passed over. */
  async messageOf(type, timeoutMs = 5000) {
    for (;;) {
      const got = await this.message(timeoutMs);
      if (got.type === type) return got;
    }
  }
  destroy() { this.wire.destroy(); }
}
