// GET /metrics of real servers: its format, its table in the documentation, what is counted, and who may read it.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { openFleet, rootOf, until } from '../fleet/fleet.mjs';
import { startServer } from '../lib/server.mjs';
import { parseExposition, total } from './lib/exposition.mjs';
import { documentedMetrics } from './lib/table.mjs';

const interval = { FLOTILLA_METRICS_INTERVAL_MS: '100' };
const ask = (node, headers = {}, method = 'GET') => fetch(`${node.url}/metrics`, { method, headers: { connection: 'close', ...headers } });

async function scrape(node) {
  const answer = await ask(node);
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
  return parseExposition(await answer.text());
}

async function makePosts(root) {
  await root.data('POST', '/api/collections:create', { name: 'secretposts', fields: [{ name: 'title', type: 'string' }] });
  for (let i = 0; i < 3; ++i) await root.data('POST', '/api/secretposts:create', { title: `t${i}` });
  await root.data('GET', '/api/secretposts:list');
}

/** Labels by which samples of a histogram differ, without those of the format. */
const labelsOf = (family) => [...new Set(family.samples.flatMap(({ labels }) => Object.keys(labels)))].filter((label) => label !== 'le').sort();

function assertAsDocumented(families) {
  const documented = documentedMetrics();
  assert.ok(documented.size > 40, 'the table could not be read');
  assert.deepEqual([...families.keys()].sort(), [...documented.keys()].sort());
  for (const [name, { type, unit, labels }] of documented) {
    const family = families.get(name);
    assert.equal(family.type, type, name);
    if (family.samples.length > 0) assert.deepEqual(labelsOf(family), labels, name);
    const inName = /_(seconds|bytes)(_total)?$/.exec(name)?.[1] ?? '';
    assert.equal(inName, ['seconds', 'bytes'].includes(unit) ? unit : '', `${name}: its name and its unit`);
  }
}

test('what is exposed is what is documented, on a node alone and on one of a fleet', async (t) => {
  const alone = await startServer({ env: interval });
  t.after(() => alone.stop());
  await makePosts(await rootOf(alone));
  assertAsDocumented(await scrape(alone));

  const fleet = openFleet(t);
  const [a, b] = [await fleet.start(interval), await fleet.start({ ...interval, WORKER_MODE: '*' })];
  await makePosts(await rootOf(a));
  for (const node of [a, b]) {
    let families;
    await until('a look at the queue', async () => (families = await scrape(node)).get('flotilla_queue_messages').samples.length > 0);
    assertAsDocumented(families);
    assert.equal(total(families, 'flotilla_fleet_nodes'), 2);
    assert.equal(total(families, 'flotilla_database_up'), 1);
    assert.equal(total(families, 'flotilla_signals_fresh'), 1);
    assert.ok(total(families, 'flotilla_worker_id_lease_seconds') > 1);
    assert.ok(total(families, 'process_resident_memory_bytes') > 5_000_000);
    assert.ok(Math.abs(total(families, 'process_start_time_seconds') - Date.now() / 1000) < 3600);
    assert.ok(total(families, 'process_open_fds') > 3);
  }
  await until('signals of the change of the schema on the other node', async () => total(await scrape(b), 'flotilla_signal_lag_seconds') > 0);
  const epoch = total(await scrape(a), 'flotilla_schema_epoch');
  assert.ok(epoch > 0);
  await until('the schema of the other node', async () => total(await scrape(b), 'flotilla_schema_epoch') === epoch);
});

test('requests are counted by what they were, and no name of a user gets into a label', async (t) => {
  const node = await startServer({ env: interval });
  t.after(() => node.stop());
  const root = await rootOf(node);
  const before = await scrape(node);
  await makePosts(root);
  for (let i = 0; i < 20; ++i) {
    await fetch(`${node.url}/api/nothing${i}:action${i}`);
    await fetch(`${node.url}/api/secretposts:get/999`);
  }
  await fetch(`${node.url}/somewhere`);
  const families = await scrape(node);
  const rise = (name, labels) => total(families, name, labels) - total(before, name, labels);
  const requests = 'flotilla_http_requests_total';
  assert.equal(rise(requests, { action: 'create', status: '2xx', method: 'write' }), 4);
  assert.equal(rise(requests, { action: 'list', status: '2xx', method: 'read' }), 1);
  assert.equal(rise(requests, { action: 'other', status: '4xx' }), 20);
  assert.equal(rise(requests, { action: 'get', status: '4xx' }), 20);
  assert.equal(rise(requests, { action: 'page', status: '2xx' }), 1);
  assert.equal(rise('flotilla_http_request_duration_seconds', { action: 'create' }), 4);
  assert.ok(rise('flotilla_database_transactions_total', { outcome: 'committed' }) >= 4);
  assert.ok(rise('flotilla_database_statement_seconds', { kind: 'query' }) > 0);
  assert.equal(total(families, 'flotilla_http_requests_in_flight'), 0);
  assert.equal(total(families, 'flotilla_database_works_running'), 0);
  assert.ok(total(families, 'flotilla_http_connections') >= 1);
  const text = JSON.stringify([...families.values()]);
  assert.ok(!/secretposts|nothing\d|action\d/.test(text));
});

test('a request that was never one is counted as refused', async (t) => {
  const node = await startServer();
  t.after(() => node.stop());
  const answer = await fetch(`${node.url}/api/app:getLang`, { headers: { 'x-long': 'x'.repeat(70_000) } });
  assert.equal(answer.status, 431);
  assert.equal(total(await scrape(node), 'flotilla_http_requests_total', { action: 'refused', status: '4xx' }), 1);
});

test('metrics are for loopback alone unless more is allowed', async (t) => {
  const node = await startServer();
  t.after(() => node.stop());
  assert.equal((await ask(node)).status, 200);
  const head = await ask(node, {}, 'HEAD');
  assert.equal(head.status, 200);
  const post = await ask(node, {}, 'POST');
  assert.equal(post.status, 405);
  assert.equal(post.headers.get('allow'), 'GET, HEAD');
  // As a balancer on this machine would pass on what comes from outside.
  const outside = await ask(node, { 'x-forwarded-for': '203.0.113.7' });
  assert.equal(outside.status, 403);
  assert.match(await outside.text(), /FLOTILLA_METRICS_ALLOW/);
  assert.equal((await ask(node, { 'x-forwarded-for': '127.0.0.1, 203.0.113.7' })).status, 403);
});

test('a token opens metrics to whoever knows it', async (t) => {
  const token = 'scrape-me-0123456789';
  const node = await startServer({ env: { FLOTILLA_METRICS_ALLOW: 'none', FLOTILLA_METRICS_TOKEN: token } });
  t.after(() => node.stop());
  assert.equal((await ask(node)).status, 403);
  assert.equal((await ask(node, { authorization: 'Bearer nearly-right-0123456' })).status, 401);
  assert.equal((await ask(node, { authorization: `Basic ${token}` })).status, 403);
  const answer = await ask(node, { authorization: `Bearer ${token}` });
  assert.equal(answer.status, 200);
  assert.ok(!(await answer.text()).includes(token));
});

test('networks may be allowed', async (t) => {
  const node = await startServer({ env: { FLOTILLA_METRICS_ALLOW: '203.0.113.0/24' } });
  t.after(() => node.stop());
  assert.equal((await ask(node)).status, 403);
  assert.equal((await ask(node, { 'x-forwarded-for': '203.0.113.7' })).status, 200);
  assert.equal((await ask(node, { 'x-forwarded-for': '203.0.114.7' })).status, 403);
});

for (const [name, value, told] of [
  ['FLOTILLA_METRICS_ALLOW', 'everybody', /FLOTILLA_METRICS_ALLOW: got "everybody"/],
  ['FLOTILLA_METRICS_TOKEN', 'short', /FLOTILLA_METRICS_TOKEN.*16/],
]) {
  test(`${name}=${value} is refused at start`, async () => {
    const node = await startServer({ env: { [name]: value }, waitForHealth: false });
    const { code } = await node.exited;
    await node.stop();
    assert.notEqual(code, 0);
    assert.match(node.logs(), told);
  });
}
