// The database server is killed, its connections are cut, it stops answering: nothing that was acknowledged is lost, nobody
// waits beyond a deadline, and the node says of itself what it is. KILLS=20 is the full size.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Client } from '../lib/client.mjs';
import { dialects, startDatabase } from '../lib/databases.mjs';
import { keepAliveAgent } from '../lib/http.mjs';
import { openProxy } from '../lib/proxy.mjs';
import { chosenSeed, Random } from '../lib/random.mjs';
import { sleep } from '../lib/server.mjs';
import { openFleet, shared, until } from './fleet.mjs';

const kills = Number(process.env.KILLS ?? 4);
const readyMs = 2_000;
const deadlineMs = 15_000;

async function ready(node) {
  const answer = await fetch(`${node.url}/readyz`, { signal: AbortSignal.timeout(1_000) });
  return { status: answer.status, text: await answer.text() };
}

/** Clients that create and read without a pause; what was acknowledged and what went wrong is kept. */
function load(t, node, token, clients) {
  const agent = keepAliveAgent();
  const seen = { acknowledged: new Set(), refused: 0, faults: [], slowestMs: 0 };
  let working = true, next = 0;
  const work = async (worker) => {
    const client = new Client(node.url, { agent, timeoutMs: 60_000 });
    client.token = token;
    while (working) {
      const title = `t${worker}-${++next}`, begun = Date.now();
      const writes = next % 2 === 0;
      const answer = await (writes ? client.post('/api/notes:create', { title }) : client.get('/api/notes:list?pageSize=5')).catch((error) => ({ status: 0, text: error.message, headers: {} }));
      seen.slowestMs = Math.max(seen.slowestMs, Date.now() - begun);
      if (answer.status === 200) { if (writes) seen.acknowledged.add(title); }
      else if (answer.status === 503 && answer.headers['retry-after']) { ++seen.refused; await sleep(5); }
      else seen.faults.push(`${answer.status} ${answer.text.slice(0, 200)}`);
    }
  };
  const running = Array.from({ length: clients }, (_, i) => work(i));
  const stop = async () => { working = false; await Promise.all(running); agent.destroy(); };
  t.after(stop);
  return { seen, stop };
}

async function prepared(t, dialect) {
  const database = await startDatabase(dialect);
  t.after(() => database.stop());
  const relay = await openProxy(t, database.server.port);
  const fleet = openFleet(t, { ...shared, ...database.env, DB_PORT: String(relay.port), LOGGER_LEVEL: 'error' });
  const node = await fleet.start();
  const root = new Client(node.url);
  await root.signIn();
  await root.data('POST', '/api/collections:create', { name: 'notes', fields: [{ name: 'title', type: 'string' }] });
  return { database, relay, node, token: root.token };
}

function check(seen, database) {
  const stored = new Set(database.server.sql('select title from notes').split('\n'));
  const lost = [...seen.acknowledged].filter((title) => !stored.has(title));
  assert.deepEqual(lost, [], 'acknowledged, but not in the database');
  assert.deepEqual([...new Set(seen.faults)], []);
  assert.ok(seen.slowestMs < deadlineMs, `the slowest request took ${seen.slowestMs} ms`);
  assert.ok(seen.acknowledged.size > 100, `only ${seen.acknowledged.size} were acknowledged`);
}

for (const dialect of dialects.filter((name) => name !== 'sqlite')) {
  test(`${dialect} is killed and started again ${kills} times under load`, async (t) => {
    const { database, node, token } = await prepared(t, dialect);
    const work = load(t, node, token, 16);
    const slowest = [];
    for (let i = 0; i < kills; ++i) {
      await sleep(300);
      await database.server.kill();
      await until('not ready without its database', async () => (await ready(node)).status === 503, 5_000);
      await database.server.start();
      const begun = Date.now();
      await until('ready again', async (show) => { const now = await ready(node); show(now); return now.status === 200; }, readyMs + 5_000);
      slowest.push(Date.now() - begun);
    }
    await sleep(300);
    await work.stop();
    t.diagnostic(`${work.seen.acknowledged.size} acknowledged, ${work.seen.refused} refused, slowest request ${work.seen.slowestMs} ms, ready again after ${Math.max(...slowest)} ms at most`);
    assert.ok(Math.max(...slowest) < readyMs, `ready again after ${slowest} ms`);
    assert.ok(work.seen.refused > 0, 'the faults were noticed');
    check(work.seen, database);
  });

  test(`${dialect}: the connections of the pool are cut again and again under load`, async (t) => {
    const seed = chosenSeed(), random = new Random(seed);
    t.diagnostic(`SEED=${seed}`);
    const { database, relay, node, token } = await prepared(t, dialect);
    const work = load(t, node, token, 16);
    const slowest = { ms: 0 };
    for (let i = 0; i < 30; ++i) {
      await sleep(random.between(20, 150));
      relay.cut();
      const begun = Date.now(), before = work.seen.acknowledged.size;
      await until('writes go through again', () => work.seen.acknowledged.size > before + 5, readyMs);
      slowest.ms = Math.max(slowest.ms, Date.now() - begun);
    }
    await sleep(300);
    await work.stop();
    t.diagnostic(`${work.seen.acknowledged.size} acknowledged, ${work.seen.refused} refused, slowest request ${work.seen.slowestMs} ms, written again ${slowest.ms} ms after a cut at most`);
    assert.equal((await ready(node)).status, 200);
    check(work.seen, database);
  });

  test(`${dialect} does not answer any more: not ready within seconds, and probes never wait for it`, async (t) => {
    const { relay, node } = await prepared(t, dialect);
    relay.hold();
    const begun = Date.now();
    await until('not ready', async () => (await ready(node)).status === 503, 10_000);
    assert.ok(Date.now() - begun < 5_000);
    assert.match((await ready(node)).text, /database/);
    assert.equal((await fetch(`${node.url}/livez`)).status, 200);
    relay.release();
    await until('ready again', async () => (await ready(node)).status === 200, 10_000);
  });

  test(`a node whose ${dialect} does not answer ends within its drain deadline`, async (t) => {
    const { relay, node } = await prepared(t, dialect);
    relay.hold();
    await until('not ready', async () => (await ready(node)).status === 503, 10_000);
    const begun = Date.now();
    await node.kill('SIGTERM');
    const tookMs = Date.now() - begun;
    t.diagnostic(`ended after ${tookMs} ms`);
    assert.ok(tookMs < 20_000, `${tookMs} ms`);
  });

  test(`a node that starts before its ${dialect} waits for it`, async (t) => {
    const database = await startDatabase(dialect);
    t.after(() => database.stop());
    await database.server.kill();
    const fleet = openFleet(t, { ...shared, ...database.env });
    const node = await fleet.start({}, { waitForHealth: false });
    await until('it says that it waits', async () => /waiting for the database/.test(node.logs()), 10_000);
    assert.ok(node.alive());
    await database.server.start();
    await until('ready', async () => (await ready(node).catch(() => ({}))).status === 200, 10_000);
  });
}
