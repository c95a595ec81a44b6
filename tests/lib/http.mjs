// One HTTP request as it is written: node:http leaves the path alone, where fetch would tidy it first.
import http from 'node:http';

export const keepAliveAgent = () => new http.Agent({ keepAlive: true, maxSockets: 64 });
const shared = keepAliveAgent();

/** Bytes of the path as node:http takes them: UTF-8, blanks as %20. */
const wirePath = (path) => Buffer.from(path.replaceAll(' ', '%20')).toString('latin1');

const wireHeaders = (headers) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, Buffer.from(String(value)).toString('latin1')]));

function parsed(text, type) {
  if (!/\bjson\b/.test(type ?? '')) return text;
  try { return JSON.parse(text); } catch { return text; }
}

/**
 * Answers {status, headers, body, text, raw}: headers with small names, body parsed when it is JSON. No redirects,
 * no decompression. Throws on a broken connection and after timeoutMs.
 */
export function send(url, { method = 'GET', path = '/', headers = {}, body, agent = shared, timeoutMs = 20_000 } = {}) {
  const { hostname, port } = new URL(url);
  const payload = body === undefined || body === null ? null : Buffer.from(body);
  const all = wireHeaders(headers);
  if (payload) all['content-length'] ??= payload.length;
  return new Promise((done, fail) => {
    const request = http.request({ hostname, port, method, path: wirePath(path), headers: all, agent }, (answer) => {
      const chunks = [];
      answer.on('data', (chunk) => chunks.push(chunk));
      answer.on('error', fail);
      answer.on('end', () => {
        clearTimeout(timer);
        const raw = Buffer.concat(chunks);
        const text = raw.toString('utf8');
        done({ status: answer.statusCode, headers: answer.headers, body: parsed(text, answer.headers['content-type']), text, raw });
      });
    });
    const timer = setTimeout(() => request.destroy(new Error(`no answer to ${method} ${path} within ${timeoutMs} ms`)), timeoutMs);
    request.on('error', (error) => { clearTimeout(timer); fail(error); });
    request.end(payload ?? undefined);
  });
}
