// Well-behaved clients: they keep connections until an answer ends them, make new ones, read and write, and keep count.
// A connection that was made must be answered; only one that could not be made is no failure once `refusable` is called.
import { Client } from '../lib/client.mjs';
import { Wire } from '../lib/wire.mjs';

export async function prepare(server) {
  const client = new Client(server.url);
  await client.signIn();
  await client.data('POST', '/api/collections:create', { name: 'notes', fields: [{ name: 'text', type: 'string' }] });
  return client;
}

/** Ends with the test `t`. {answered(), stop(), refusable()}: stop() answers {answered, acknowledged, failures, refused}. */
export function startLoad(t, port, token, { kept = 32, fresh = 4 } = {}) {
  t.after(() => { running = false; });
  const failures = [], acknowledged = [];
  let answered = 0, refused = 0, running = true, mayRefuse = false, count = 0;

  const request = (text, close) => {
    const body = text === null ? '' : JSON.stringify({ text });
    const start = text === null ? 'GET /api/notes:list?pageSize=5 HTTP/1.1' : 'POST /api/notes:create HTTP/1.1';
    return `${start}\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n${close ? 'Connection: close\r\n' : ''}${text === null ? '' : `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n`}\r\n${body}`;
  };

  /** One request; whether the connection may be used again. */
  async function ask(wire, close) {
    const text = ++count % 4 === 0 ? `note ${count}` : null;
    wire.write(request(text, close));
    const answer = await wire.next({ timeoutMs: 30_000 });
    if (answer === null) throw new Error('the connection ended without an answer');
    if (answer.status !== 200) throw new Error(`${answer.status} ${JSON.stringify(answer.body).slice(0, 300)}`);
    ++answered;
    if (text !== null) acknowledged.push(text);
    return !close && answer.headers.connection !== 'close';
  }

  async function client(isFresh) {
    while (running) {
      const wire = new Wire(port);
      try {
        await wire.connected;
      } catch (error) {
        wire.destroy();
        if (mayRefuse) { ++refused; return; }
        failures.push(`connect: ${error.message}`);
        continue;
      }
      try {
        while (running && (await ask(wire, isFresh)));
      } catch (error) {
        failures.push(`${isFresh ? 'fresh' : 'kept'}: ${error.message}`);
      }
      wire.destroy();
    }
  }

  const clients = [...Array.from({ length: kept }, () => client(false)), ...Array.from({ length: fresh }, () => client(true))];
  return {
    answered: () => answered,
    failed: () => failures.length,
    refusable: () => { mayRefuse = true; },
    async stop() {
      running = false;
      await Promise.all(clients);
      return { answered, acknowledged, failures, refused };
    },
    /** Resolves when clients have ended by themselves: nobody listens any more. */
    async ended() {
      await Promise.all(clients);
      return { answered, acknowledged, failures, refused };
    },
  };
}

/** Which of the texts are not there. */
export async function missing(client, texts) {
  const rows = await client.data('GET', '/api/notes:list?paginate=false&fields=text');
  const there = new Set(rows.map((row) => row.text));
  return texts.filter((text) => !there.has(text));
}
