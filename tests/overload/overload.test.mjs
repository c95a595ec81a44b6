// More is asked of a node than it can: it says so early, the others do not suffer from one, and what it refused it has not done.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { Client } from '../lib/client.mjs';
import { send } from '../lib/http.mjs';
import { startServer } from '../lib/server.mjs';
import { parseExposition, total } from '../observe/lib/exposition.mjs';
import { until } from '../fleet/fleet.mjs';

const connections = 200;
const rows = 2_000;

async function member(root, name) {
  await root.data('POST', '/api/users:create', { username: name, email: `${name}@example.com`, password: 'secret-1234' });
  const client = new Client(root.url, { agent: new http.Agent({ keepAlive: true, maxSockets: connections }), timeoutMs: 60_000 });
  await client.signIn(name, 'secret-1234');
  return client;
}

async function prepare(t, env = {}) {
  const node = await startServer({ env: { LOGGER_LEVEL: 'warn', FLOTILLA_OVERLOAD_WAITING_MAX: '100', ...env } });
  t.after(() => node.stop());
  const root = new Client(node.url, { timeoutMs: 60_000 });
  await root.signIn();
  await root.data('POST', '/api/collections:create', { name: 'notes', fields: [{ name: 'title', type: 'string' }, { name: 'text', type: 'text' }] });
  for (let i = 0; i < rows; i += 200)
    await root.data('POST', '/api/notes:create', Array.from({ length: 200 }, (_, k) => ({ title: `t${i + k}`, text: 'x'.repeat(200) })));
  await root.data('POST', '/api/roles:update?filterByTk=member', { strategy: { actions: ['create', 'view', 'update', 'destroy'] } });
  return { node, root };
}

const metricsOf = async (node) => parseExposition((await send(node.url, { path: '/metrics', agent: new http.Agent() })).text);
const residentMib = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;

/** Asks without a pause on so many connections until stopped; answers how often each status came. */
function greed(client, ask, width = connections) {
  let going = true;
  const seen = {}, odd = [];
  const one = async () => {
    while (going) {
      const answer = await ask(client);
      seen[answer.status] = (seen[answer.status] ?? 0) + 1;
      if (answer.status === 503 && !(answer.headers['retry-after'] === '1' && answer.body?.errors?.[0]?.code === 'OVERLOADED')) odd.push(answer.text);
    }
  };
  const all = Promise.all(Array.from({ length: width }, one));
  return { seen, odd, stop: async () => { going = false; await all; return seen; } };
}

const manyRows = (client) => client.get('/api/notes:list?pageSize=200&sort=-text&filter=%7B%22text.%24includes%22%3A%22y%22%7D');

test('a greedy user is refused early, a light one never, and probes answer', async (t) => {
  const { node, root } = await prepare(t);
  const greedy = await member(root, 'greedy');
  const light = await member(root, 'light');
  assert.equal((await manyRows(light)).status, 200);
  const before = residentMib(node.pid);

  const load = greed(greedy, manyRows);
  await until('the greedy user is refused', async (show) => { show(load.seen); return (load.seen[503] ?? 0) > 100; }, 120_000);
  for (let i = 0; i < 40; ++i) {
    const answer = await light.get('/api/notes:list?pageSize=5');
    assert.equal(answer.status, 200, answer.text);
  }
  for (const path of ['/livez', '/readyz', '/api/__health_check', '/metrics'])
    for (let i = 0; i < 5; ++i) assert.equal((await send(node.url, { path })).status, 200, path);
  const during = await metricsOf(node);
  assert.ok(total(during, 'flotilla_overload_limit') < 1000);
  assert.ok(total(during, 'flotilla_overload_refused_total') >= 100);
  assert.ok(total(during, 'flotilla_overload_waiting') <= 100);
  const seen = await load.stop();
  assert.deepEqual(load.odd, []);
  assert.deepEqual(Object.keys(seen).sort(), ['200', '503']);
  assert.ok(seen[200] > 50, 'the node goes on answering');
  assert.ok(residentMib(node.pid) - before < 200, `memory: ${before} MiB before, ${residentMib(node.pid)} after`);

  await until('the limit is out of the way again', async () => (await greedy.get('/api/notes:list?pageSize=1')).status === 200);
});

test('what is refused was not done', async (t) => {
  const { node, root } = await prepare(t);
  const greedy = await member(root, 'greedy');
  const have = async () => (await root.get('/api/notes:list?pageSize=1')).body.meta.count;
  const before = await have();
  const reading = greed(greedy, manyRows);
  await until('refusals', async () => (reading.seen[503] ?? 0) > 20, 120_000);
  const writing = greed(greedy, (client) => client.post('/api/notes:create', { title: 'new' }), 50);
  await until('writes of both kinds', async (show) => { show(writing.seen); return (writing.seen[503] ?? 0) > 20 && (writing.seen[200] ?? 0) > 5; }, 120_000);
  const [written] = [await writing.stop(), await reading.stop()];
  assert.deepEqual(Object.keys(written).sort(), ['200', '503']);
  assert.equal(await have(), before + written[200]);
  assert.equal(total(await metricsOf(node), 'flotilla_http_requests_in_flight'), 0);
});

test('without the gate nobody is refused', async (t) => {
  const { node, root } = await prepare(t, { FLOTILLA_OVERLOAD: 'false' });
  const greedy = await member(root, 'greedy');
  const load = greed(greedy, manyRows, 100);
  await until('some answers', async () => (load.seen[200] ?? 0) > 300, 120_000);
  assert.deepEqual(Object.keys(await load.stop()), ['200']);
  assert.equal(total(await metricsOf(node), 'flotilla_overload_refused_total'), 0);
});
