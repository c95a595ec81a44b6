// HTTP load over raw keep-alive connections: closed (each connection asks again at once) or open (requests come at random times
// at a rate, whether or not earlier ones were answered). Tells answers that did the work from refusals.
import net from 'node:net';

/** A connection that has one request under way at a time. */
class Connection {
  constructor(port) {
    this.left = '';
    this.socket = net.connect({ host: '127.0.0.1', port, noDelay: true });
    this.socket.setEncoding('latin1').on('data', (chunk) => this.#read(chunk));
    this.socket.on('error', (error) => this.#end({ error: error.code }));
    this.socket.on('close', () => this.#end({ error: 'closed' }));
    this.open = new Promise((done) => this.socket.once('connect', done));
  }
  ask(text) {
    return new Promise((done) => { this.done = done; this.socket.write(text); });
  }
  close() { this.done = undefined; this.socket.destroy(); }
  #end(how) { this.broken = true; const { done } = this; this.done = undefined; done?.(how); }
  #read(chunk) {
    this.left += chunk;
    const head = this.left.indexOf('\r\n\r\n');
    if (head < 0) return;
    const length = /\r\ncontent-length: (\d+)/i.exec(this.left.slice(0, head));
    const whole = head + 4 + Number(length?.[1] ?? 0);
    if (this.left.length < whole) return;
    const status = Number(this.left.slice(9, 12));
    this.left = this.left.slice(whole);
    const { done } = this;
    this.done = undefined;
    done?.({ status });
  }
}

export class Figures {
  constructor() { this.took = []; this.refused = 0; this.refusedTook = []; this.errors = {}; }
  note({ status, error }, ms) {
    if (status === 200) this.took.push(ms);
    else if (status === 503) { ++this.refused; this.refusedTook.push(ms); }
    else { const kind = error ?? `status ${status}`; this.errors[kind] = (this.errors[kind] ?? 0) + 1; }
  }
  summary(seconds) {
    const percentile = (all, p) => { const sorted = Float64Array.from(all).sort(); return sorted.length ? sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))] : 0; };
    return {
      perSecond: this.took.length / seconds, refusedPerSecond: this.refused / seconds, errors: this.errors,
      p50: percentile(this.took, 0.5), p99: percentile(this.took, 0.99), refusedP99: percentile(this.refusedTook, 0.99),
    };
  }
}

async function connect(port, count) {
  const all = Array.from({ length: count }, () => new Connection(port));
  await Promise.all(all.map((one) => one.open));
  return all;
}

/** `request(i)`: the text of the i-th. The first `warmUp` seconds do not count. */
export async function closedLoad({ port, request, connections, seconds, warmUp = 2 }) {
  const all = await connect(port, connections);
  const figures = new Figures();
  const begin = performance.now() + warmUp * 1000, end = begin + seconds * 1000;
  let turn = 0;
  await Promise.all(all.map(async (one) => {
    while (performance.now() < end && !one.broken) {
      const asked = performance.now();
      const answer = await one.ask(request(turn++));
      if (asked >= begin) figures.note(answer, performance.now() - asked);
    }
  }));
  all.forEach((one) => one.close());
  return figures.summary(seconds);
}

/** Requests come as a Poisson process. One that finds no free connection waits for one; that time counts, too. */
export async function openLoad({ port, request, connections, perSecond, seconds, warmUp = 3 }) {
  const free = await connect(port, connections);
  const all = [...free];
  const figures = new Figures();
  const begin = performance.now() + warmUp * 1000, end = begin + seconds * 1000;
  const waiting = [];
  let turn = 0, next = performance.now(), underWay = 0, unsent = 0;
  const send = (one, due) => {
    ++underWay;
    one.ask(request(turn++)).then((answer) => {
      --underWay;
      if (due >= begin && due < end) figures.note(answer, performance.now() - due);
      if (one.broken) return;
      const late = waiting.shift();
      if (late === undefined) free.push(one); else send(one, late);
    });
  };
  while (performance.now() < end) {
    const now = performance.now();
    for (; next <= now; next -= Math.log(1 - Math.random()) / perSecond * 1000) {
      const one = free.pop();
      if (one) send(one, next);
      else if (waiting.length < connections * 4) waiting.push(next);
      else if (next >= begin) ++unsent;
    }
    await new Promise((done) => setImmediate(done));
  }
  waiting.length = 0;
  while (underWay > 0 && performance.now() < end + 10_000) await new Promise((done) => setTimeout(done, 10));
  all.forEach((one) => one.close());
  return { ...figures.summary(seconds), unsentPerSecond: unsent / seconds };
}
