// A server that answers each recorded line with its recorded answer, so that a replay can be tested without Flotilla.
// It knows the line by the X-Request-Id of the replay. Waits that a line asks for do not matter to it.
import { createServer } from 'node:http';

function revive(body) {
  if (Array.isArray(body)) return body.map(revive);
  if (body === null || typeof body !== 'object') return body;
  if ('$repeat' in body) return body.$repeat.repeat(body.times);
  return Object.fromEntries(Object.entries(body).map(([key, value]) => [key, revive(value)]));
}

/** alter(seq, {status, headers, body}) may change an answer. Resolves to {url, requests: [{seq, method, path, headers, body}], stop()}. */
export async function recordedServer(lines, alter = (seq, answer) => answer) {
  const bySeq = new Map(lines.map((line) => [line.seq, line]));
  const requests = [];
  const server = createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      if (request.url === '/api/__health_check' && !request.headers['x-request-id']) return response.end('ok');
      const seq = Number(/^rec-(\d+)$/.exec(request.headers['x-request-id'] ?? '')?.[1]);
      requests.push({ seq, method: request.method, path: request.url, headers: request.headers, body: Buffer.concat(chunks) });
      const recorded = bySeq.get(seq)?.response ?? { status: 200, headers: { 'content-type': 'application/json' }, body: {} };
      const { status, headers, body } = alter(seq, structuredClone({ ...recorded, headers: recorded.headers ?? {} }));
      const isJson = /json/.test(headers['content-type'] ?? '');
      const raw = body?.$binary ? Buffer.from(body.$binary.base64 ?? 'binary') : isJson ? JSON.stringify(revive(body)) : String(body ?? '');
      const safe = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, Buffer.from(value).toString('latin1')]));
      response.writeHead(status, safe);
      response.end(raw);
    });
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${server.address().port}`, requests,
    stop: () => new Promise((done) => { server.close(done); server.closeAllConnections(); }),
  };
}
