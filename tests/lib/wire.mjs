// A TCP connection with a reader of HTTP/1.1 answers: for requests that no HTTP client would send.
import net from 'node:net';

const noBody = (status, method) => method === 'HEAD' || status === 204 || status === 304 || (status >= 100 && status < 200);

function parseHead(text) {
  const [first, ...lines] = text.split('\r\n');
  const match = /^HTTP\/1\.([01]) (\d{3})(?: (.*))?$/.exec(first);
  if (!match) throw new Error(`not an HTTP answer: ${JSON.stringify(first.slice(0, 200))}`);
  const headers = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon < 1) throw new Error(`not a header line: ${JSON.stringify(line.slice(0, 200))}`);
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    headers[name] = name in headers ? `${headers[name]}, ${value}` : value;
  }
  return { version: `1.${match[1]}`, status: Number(match[2]), headers };
}

export class Wire {
  #buffer = Buffer.alloc(0);
  #closed = false;
  #wake = () => {};

  constructor(port, host = '127.0.0.1') {
    this.socket = net.connect({ port, host, allowHalfOpen: true, noDelay: true });
    this.connected = new Promise((done, fail) => { this.socket.once('connect', done).once('error', fail); });
    this.connected.catch(() => {});
    this.socket.on('data', (chunk) => { this.#buffer = Buffer.concat([this.#buffer, chunk]); this.#wake(); });
    const end = () => { this.#closed = true; this.#wake(); };
    this.socket.on('end', end).on('error', end).on('close', end);
  }

  write(bytes) { if (!this.socket.destroyed && this.socket.writable) this.socket.write(bytes); }
  /** No more bytes from here; answers can still come. */
  end() { if (!this.socket.destroyed) this.socket.end(); }
  destroy() { this.socket.destroy(); }
  get closed() { return this.#closed && this.#buffer.length === 0; }

  async #until(ready, deadline) {
    for (;;) {
      const value = ready();
      if (value !== undefined) return value;
      const left = deadline - Date.now();
      if (left <= 0) throw new Error('timeout: the server neither answered nor closed');
      await new Promise((done) => {
        const timer = setTimeout(done, left);
        this.#wake = () => { clearTimeout(timer); done(); };
      });
    }
  }
  #take(n) {
    const bytes = this.#buffer.subarray(0, n);
    this.#buffer = this.#buffer.subarray(n);
    return bytes;
  }
  /** n bytes, or null when the peer closed before. */
  bytes(n, deadline) {
    return this.#until(() => (this.#buffer.length >= n ? this.#take(n) : this.#closed ? null : undefined), deadline);
  }
  /** Text up to a line end, which is taken too. */
  #line(end, deadline) {
    return this.#until(() => {
      const at = this.#buffer.indexOf(end);
      if (at >= 0) return this.#take(at + end.length).subarray(0, at).toString('latin1');
      return this.#closed ? null : undefined;
    }, deadline);
  }
  async #chunked(deadline) {
    const parts = [];
    for (;;) {
      const line = await this.#line('\r\n', deadline);
      if (line === null) throw new Error('the connection ended inside a chunked answer');
      const size = parseInt(line, 16);
      if (Number.isNaN(size)) throw new Error(`bad chunk size: ${JSON.stringify(line)}`);
      const data = await this.bytes(size + 2, deadline);
      if (data === null) throw new Error('the connection ended inside a chunk');
      if (size === 0) return Buffer.concat(parts);
      parts.push(Buffer.from(data.subarray(0, size)));
    }
  }

  /** The next answer {status, version, headers, raw, body}, or null when the peer closed instead. Throws on a timeout. */
  async next({ method = 'GET', timeoutMs = 10_000, interim = false } = {}) {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const head = await this.#line('\r\n\r\n', deadline);
      if (head === null) {
        if (this.#buffer.length > 0) throw new Error(`the connection ended inside a head: ${JSON.stringify(this.#buffer.toString('latin1').slice(0, 200))}`);
        return null;
      }
      const answer = parseHead(head);
      if (answer.status === 100 && !interim) continue;
      let raw = Buffer.alloc(0);
      if (!noBody(answer.status, method)) {
        if (/\bchunked\b/i.test(answer.headers['transfer-encoding'] ?? '')) raw = await this.#chunked(deadline);
        else if ('content-length' in answer.headers) raw = await this.bytes(Number(answer.headers['content-length']), deadline);
        else raw = await this.#until(() => (this.#closed ? this.#take(this.#buffer.length) : undefined), deadline);
        if (raw === null) throw new Error('the connection ended inside a body');
      }
      raw = Buffer.from(raw);
      let body = raw.toString('utf8');
      if (/\bjson\b/.test(answer.headers['content-type'] ?? '')) { try { body = JSON.parse(body); } catch { /* stays text */ } }
      return { ...answer, raw, body };
    }
  }

  /** Waits until the peer has closed; true when it did without sending more. */
  async ends(timeoutMs = 10_000) {
    await this.#until(() => (this.#closed ? true : undefined), Date.now() + timeoutMs);
    return this.#buffer.length === 0;
  }
}

/** Sends bytes on a connection of their own and answers the first answer; the connection is gone afterwards. */
export async function exchange(port, bytes, options) {
  const wire = new Wire(port);
  try {
    await wire.connected;
    wire.write(bytes);
    return await wire.next(options);
  } finally {
    wire.destroy();
  }
}
