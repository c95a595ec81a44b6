// What a node does at four times the load that it can serve. Prints figures and what is promised of them; ends with 1 when
// something of it is not kept. Variables: SECONDS_EACH (15), USERS (40), CONNECTIONS (32 for the load it can serve), FACTOR (4),
// DATABASE_ENV ('DB_DIALECT=postgres DB_HOST=…': another database than SQLite).
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { binary, startServer } from '../lib/server.mjs';
import { memoryMib } from '../lib/processes.mjs';
import { closedLoad, openLoad } from './load.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const number = (name, fallback) => Number(process.env[name] ?? fallback);
const seconds = number('SECONDS_EACH', 15), users = number('USERS', 40), connections = number('CONNECTIONS', 32), factor = number('FACTOR', 4);
const database = Object.fromEntries((process.env.DATABASE_ENV ?? '').split(/\s+/).filter(Boolean).map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]));

async function call(server, token, action, body) {
  const answer = await fetch(`${server.url}/api/${action}`, {
    method: body === undefined ? 'GET' : 'POST', body: body === undefined ? undefined : JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
  });
  if (!answer.ok) throw new Error(`${action}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()).data;
}

const signIn = async (server, account, password) => (await call(server, null, 'auth:signIn', { account, password })).token;

async function prepare(server) {
  const token = await signIn(server, 'nocobase', 'admin123');
  await call(server, token, 'collections:create', { name: 'bench_rows', fields: [{ name: 'title', type: 'string' }, { name: 'note', type: 'string' }] });
  for (let i = 0; i < 10_000; i += 500)
    await call(server, token, 'bench_rows:create', Array.from({ length: 500 }, (_, k) => ({ title: `row ${i + k}`, note: 'n'.repeat(60) })));
  await call(server, token, 'roles:update?filterByTk=member', { strategy: { actions: ['create', 'view', 'update', 'destroy'] } });
  const tokens = [];
  for (let i = 0; i < users; ++i) {
    await call(server, token, 'users:create', { username: `user${i}`, email: `user${i}@example.com`, password: 'bench-1234' });
    tokens.push(await signIn(server, `user${i}`, 'bench-1234'));
  }
  return tokens;
}

/** Asks /livez and /readyz in turn, 20 times a second, until stopped; answers the slowest and how many failed. */
function watchHealth(server) {
  let going = true, slowest = 0, failed = 0, asked = 0;
  const run = (async () => {
    while (going) {
      const began = performance.now();
      try {
        const answer = await fetch(`${server.url}/${asked++ % 2 ? 'livez' : 'readyz'}`);
        await answer.arrayBuffer();
        if (answer.status !== 200) ++failed;
      } catch { ++failed; }
      slowest = Math.max(slowest, performance.now() - began);
      await new Promise((done) => setTimeout(done, 50));
    }
  })();
  return async () => { going = false; await run; return { slowest, failed, asked }; };
}

const scratch = mkdtempSync(join(tmpdir(), 'flotilla-overload-'));
const server = await startServer(binary(root), scratch, { LOGGER_LEVEL: 'warn', FLOTILLA_THREADS: '1', ...database });
let kept = true;
try {
  const tokens = await prepare(server);
  const request = (i) => `GET /api/bench_rows:list?pageSize=20 HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer ${tokens[i % tokens.length]}\r\n\r\n`;
  const normal = await closedLoad({ port: server.port, request, connections, seconds });
  const before = memoryMib(server.pid).rss;
  const health = watchHealth(server);
  const over = await openLoad({ port: server.port, request, connections: connections * 16, perSecond: normal.perSecond * factor, seconds });
  const probes = await health();
  const after = memoryMib(server.pid).rss;
  const line = (name, f) => console.log(`${name}: ${f.perSecond.toFixed(0)} answered/s, p50 ${f.p50.toFixed(1)} ms, p99 ${f.p99.toFixed(1)} ms, ` +
    `${f.refusedPerSecond.toFixed(0)} refused/s (p99 ${f.refusedP99.toFixed(1)} ms), errors ${JSON.stringify(f.errors)}`);
  line(`the load it can serve (${connections} connections)`, normal);
  line(`${factor} times that (${(normal.perSecond * factor).toFixed(0)}/s offered on ${connections * 16} connections, ${users} users; ${over.unsentPerSecond.toFixed(0)}/s not sent)`, over);
  const promise = (what, holds) => { kept &&= holds; console.log(`${holds ? 'kept    ' : 'NOT KEPT'}  ${what}`); };
  promise(`the full rate: ${(over.perSecond / normal.perSecond * 100).toFixed(0)} % (at least 90 %)`, over.perSecond >= normal.perSecond * 0.9);
  promise(`p99 of what is accepted: ${(over.p99 / normal.p99).toFixed(2)} times the normal one (below 3)`, over.p99 < normal.p99 * 3);
  promise(`probes: the slowest of ${probes.asked} took ${probes.slowest.toFixed(0)} ms (below 100), ${probes.failed} failed`, probes.slowest < 100 && probes.failed === 0);
  promise(`memory: ${before.toFixed(0)} MiB before, ${after.toFixed(0)} MiB after (at most 64 MiB more)`, after - before <= 64);
  promise('no other errors', Object.keys({ ...normal.errors, ...over.errors }).length === 0 && normal.refusedPerSecond === 0);
} finally {
  server.child.kill('SIGTERM');
  rmSync(scratch, { recursive: true, force: true, maxRetries: 3 });
}
process.exit(kept ? 0 : 1);
