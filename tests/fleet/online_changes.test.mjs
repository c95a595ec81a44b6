// Collections with many rows are changed while others read and write them: nobody waits for long, what would make them wait
// is refused beforehand, what takes long is a job that outlives the node that does it.
//   ONLINE_ROWS=1000000 ONLINE_WAIT_MS=200 is the full size: the longest wait beyond that of a calm time.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import test from 'node:test';
import { Client } from '../lib/client.mjs';
import { dialects, startDatabase } from '../lib/databases.mjs';
import { keepAliveAgent } from '../lib/http.mjs';
import { sleep } from '../lib/server.mjs';
import { openFleet, rootOf, shared, until } from './fleet.mjs';

const rows = Number(process.env.ONLINE_ROWS ?? 30_000);
const waitMs = Number(process.env.ONLINE_WAIT_MS ?? 1000);

/** Rows 1 to n: code is unique, but for `twice`, which row 7 has from row 3. */
const fill = {
  sqlite: (fleet) => execFileSync('sqlite3', ['-bail', '-cmd', '.timeout 20000', `${fleet.folder}/storage/db/flotilla.sqlite`], {
    input: `with recursive n(i) as (select 1 union all select i + 1 from n where i < ${rows})
      insert into big (id, title, code, twice, amount) select i, 'title ' || i, 'code ' || i, 'twice ' || case i when 7 then 3 else i end, i % 1000 from n;` }),
  postgres: (fleet, database) => database.server.psql(`insert into big (id, title, code, twice, amount)
    select i, 'title ' || i, 'code ' || i, 'twice ' || case i when 7 then 3 else i end, i % 1000 from generate_series(1, ${rows}) i;
    select setval(pg_get_serial_sequence('big', 'id'), ${rows})`),
  mariadb: (fleet, database) => database.server.sql(`insert into big (id, title, code, twice, amount)
    select seq, concat('title ', seq), concat('code ', seq), concat('twice ', if(seq = 7, 3, seq)), seq % 1000 from seq_1_to_${rows}`),
};
const tested = dialects.filter((dialect) => dialect in fill);

async function prepare(t, dialect, count) {
  const database = await startDatabase(dialect);
  t.after(() => database.stop());
  const fleet = openFleet(t, { ...shared, ...database.env, LOGGER_LEVEL: 'warn', FLOTILLA_QUEUE_LEASE_MS: '2000' });
  for (let i = 0; i < count; ++i) await fleet.start();
  const roots = await Promise.all(fleet.nodes.map(rootOf));
  const text = (name) => ({ name, type: 'string' });
  await roots[0].data('POST', '/api/collections:create', { name: 'big', fields: [text('title'), text('code'), text('twice'), { name: 'amount', type: 'integer' }] });
  fill[dialect](fleet, database);
  return { database, fleet, roots };
}

/** Readers and writers without a pause; `worst()` answers the longest wait since it was last asked. */
function load(t, fleet, token) {
  const agent = keepAliveAgent();
  let working = true, longest = 0, what = '';
  const faults = [], counts = { requests: 0 };
  const work = async (node, worker) => {
    const client = new Client(node.url, { agent, timeoutMs: 60_000 });
    client.token = token;
    for (let i = 0; working; ++i) {
      const id = 10 + ((worker * 7919 + i * 104729) % (rows - 20));
      const kind = ['get', 'update', 'create', 'list'][(worker + i) % 4];
      const begun = performance.now();
      const answer = kind === 'get' ? await client.get(`/api/big:get?filterByTk=${id}`)
        : kind === 'update' ? await client.post(`/api/big:update?filterByTk=${id}`, { amount: i })
          : kind === 'create' ? await client.post('/api/big:create', { title: `new ${worker}-${i}`, code: `new ${worker}-${i}`, twice: `new ${worker}-${i}`, amount: i })
            : await client.get(`/api/big:list?pageSize=5&paginate=false&filter=${encodeURIComponent(JSON.stringify({ id: { $in: [id, id + 1] } }))}`);
      const took = performance.now() - begun;
      ++counts.requests;
      if (took > longest) { longest = took; what = kind; }
      if (answer.status !== 200) faults.push(`${kind}: ${answer.status} ${answer.text.slice(0, 200)}`);
    }
  };
  const workers = fleet.nodes.flatMap((node, n) => [0, 1].map((w) => work(node, n * 2 + w).catch((error) => faults.push(error.stack))));
  const stop = async () => { working = false; await Promise.all(workers); agent.destroy(); };
  t.after(stop);
  return { faults, counts, stop, worst: () => { const out = { ms: Math.round(longest), what }; longest = 0; return out; } };
}

const fieldPath = (name) => `/api/collections/big/fields:update?filterByTk=${name}`;
const fieldOf = async (root, name) => (await root.data('GET', '/api/collections/big/fields:list?paginate=false')).find((field) => field.name === name);

/** Waits for the job when the answer is that there is one. */
async function settled(root, answer, timeoutMs = 120_000) {
  if (answer.status !== 202) return answer;
  const job = answer.headers.location;
  let last;
  await until('the end of the job', async (show) => { last = await root.data('GET', job); show(last); return ['done', 'failed'].includes(last.state); }, timeoutMs);
  assert.ok(last.endedAt && last.startedAt);
  return last.state === 'done' ? { ...answer, job: last } : { status: 409, text: last.error, job: last };
}

for (const dialect of tested) {
  test(`${rows} rows are changed under load on ${dialect}: nobody waits ${waitMs} ms longer`, async (t) => {
    const { fleet, roots } = await prepare(t, dialect, 2);
    const [root] = roots;
    const under = load(t, fleet, root.token);
    await sleep(300);
    under.worst();
    await sleep(1_500);
    const calm = under.worst();
    t.diagnostic(`calm: ${calm.ms} ms (${calm.what})`);
    const slow = [];
    const timed = async (name, send, check) => {
      const begun = performance.now();
      const answer = await settled(root, await send());
      const took = Math.round(performance.now() - begun);
      await sleep(50);
      const worst = under.worst();
      t.diagnostic(`${name}: ${took} ms${answer.job ? ' (a job)' : ''}, longest wait ${worst.ms} ms (${worst.what})`);
      if (worst.ms > calm.ms + waitMs) slow.push(`${name}: ${worst.ms} ms`);
      await check(answer);
    };
    const ok = (answer) => assert.ok([200, 202].includes(answer.status), answer.text);
    const create = (field) => () => root.post('/api/collections/big/fields:create', field);
    await timed('a field', create({ name: 'plain', type: 'string' }), ok);
    await timed('a field with a default', create({ name: 'filled', type: 'integer', defaultValue: 5 }), ok);
    assert.equal((await root.data('GET', '/api/big:get?filterByTk=1')).filled, 5);
    await timed('a title', () => root.post(fieldPath('plain'), { uiSchema: { title: 'Plain' } }), ok);
    const index = () => root.post(fieldPath('amount'), { index: true });
    if (dialect !== 'sqlite') {
      await timed('an index', index, ok);
      await timed('a unique constraint', () => root.post(fieldPath('code'), { unique: true }), ok);
      assert.equal((await fieldOf(root, 'code')).unique, true);
      assert.equal((await roots[1].post('/api/big:create', { code: 'code 5' })).status, 400);
      await timed('a unique constraint that does not hold', () => root.post(fieldPath('twice'), { unique: true }), (answer) => {
        assert.equal(answer.status, 409, answer.text);
        assert.match(answer.text, /"twice" of collection \\?"big\\?" cannot be made unique: \\?"twice 3\\?" \(2 times\)|twice.*twice 3/);
      });
      assert.ok(!(await fieldOf(root, 'twice')).unique);
      await timed('a unique field', create({ name: 'fresh', type: 'string', unique: true }), ok);
      assert.equal((await fieldOf(roots[1], 'fresh')).unique, true);
      await timed('an association', create({ name: 'other', type: 'belongsTo', target: 'users', foreignKey: 'otherId' }), ok);
      await timed('the end of an index', () => root.post(fieldPath('amount'), { index: false }), ok);
      await timed('the end of a field', () => root.post('/api/collections/big/fields:destroy?filterByTk=filled'), ok);
    } else {
      for (const [name, send] of [['an index', index], ['the end of a field', () => root.post('/api/collections/big/fields:destroy?filterByTk=filled')]])
        await timed(`${name}, refused`, send, (answer) => {
          assert.equal(answer.status, 409, answer.text);
          assert.match(answer.text, /would keep others waiting: SQLite .*allowBlocking=true/);
          assert.match(answer.text, /SCHEMA_CHANGE_BLOCKS/);
        });
    }
    await under.stop();
    assert.deepEqual([...new Set(under.faults)], []);
    assert.deepEqual(slow, []);
    t.diagnostic(`${under.counts.requests} requests`);
    if (dialect === 'sqlite') {
      const insisted = await root.post(`${fieldPath('amount')}&allowBlocking=true`, { index: true });
      assert.equal(insisted.status, 200, insisted.text);
      const twice = await root.post(`${fieldPath('twice')}&allowBlocking=true`, { unique: true });
      assert.equal(twice.status, 409, twice.text);
      assert.match(twice.text, /twice 3/);
      assert.ok(!(await fieldOf(root, 'twice')).unique);
    }
    assert.equal((await root.post('/api/schemaChanges:create', { key: 'x' })).status, 405);
  });
}

/** A transaction of somebody else, which has read the table and stays open until it is told to end. */
async function openTransaction(t, database) {
  const other = spawn('psql', ['-qAtX', database.server.url], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise((done) => other.on('close', done));
  other.stdin.write('begin isolation level repeatable read; select count(*) from (select 1 from big limit 1) as one;\n');
  await new Promise((done) => other.stdout.once('data', done));
  const end = async () => { if (!other.stdin.writableEnded) other.stdin.end('commit;\n'); await ended; };
  t.after(end);
  return { end };
}

test('postgres: a change waits for a table that is in use without making others wait behind it', async (t) => {
  const { database, fleet, roots } = await prepare(t, 'postgres', 1);
  const under = load(t, fleet, roots[0].token);
  await sleep(300);
  under.worst();
  await sleep(700);
  const calm = under.worst();
  const other = await openTransaction(t, database);
  const change = roots[0].post('/api/collections/big/fields:create', { name: 'late', type: 'string' });
  await sleep(1_500);
  const worst = under.worst();
  await other.end();
  const answer = await change;
  assert.equal(answer.status, 200, answer.text);
  await under.stop();
  assert.deepEqual([...new Set(under.faults)], []);
  t.diagnostic(`calm ${calm.ms} ms, behind the change ${worst.ms} ms (${worst.what})`);
  assert.ok(worst.ms < calm.ms + waitMs, `${worst.what} took ${worst.ms} ms`);
});

test('postgres: a long change is a job; another node takes it over when its node is killed', async (t) => {
  const { database, fleet, roots } = await prepare(t, 'postgres', 3);
  const other = await openTransaction(t, database);
  const begun = Date.now();
  const answer = await roots[0].post(fieldPath('code'), { unique: true });
  assert.equal(answer.status, 202, answer.text);
  assert.ok(Date.now() - begun < 10_000);
  const path = answer.headers.location;
  assert.match(path, /^\/api\/schemaChanges:get\?filterByTk=\w+$/);
  await until('the job runs', async (show) => { const job = await roots[0].data('GET', path); show(job); return job.state === 'running'; });
  const job = await roots[0].data('GET', path);
  assert.deepEqual([job.collectionName, job.fields, job.unique], ['big', ['code'], true]);
  assert.ok(!(await fieldOf(roots[0], 'code')).unique, 'not said before it is true');
  const busy = await roots[1].post('/api/collections/big/fields:create', { name: 'meanwhile', type: 'string' });
  assert.equal(busy.status, 409, busy.text);
  assert.match(busy.text, /SCHEMA_CHANGE_RUNNING/);
  assert.equal((await roots[1].post('/api/collections:create', { name: 'elsewhere', fields: [{ name: 'title', type: 'string' }] })).status, 200);
  assert.equal((await roots[1].post(fieldPath('title'), { uiSchema: { title: 'Title' } })).status, 200);
  const nodes = await roots[0].data('GET', '/api/fleet:nodes');
  const doer = nodes.find((node) => node.id === job.node);
  assert.ok(doer, JSON.stringify(job));
  const victim = fleet.nodes.find((node) => node.pid === doer.pid);
  await victim.kill('SIGKILL');
  const living = roots.filter((_, i) => fleet.nodes[i] !== victim);
  await until('another node has taken the job over', async (show) => { const now = await living[0].data('GET', path); show(now); return now.node !== job.node; });
  await other.end();
  let last;
  await until('done', async (show) => { last = await living[0].data('GET', path); show(last); return last.state !== 'running'; });
  assert.equal(last.state, 'done', last.error);
  for (const root of living) assert.equal((await fieldOf(root, 'code')).unique, true);
  assert.equal(database.server.psql(`select count(*) from pg_index where indrelid = 'big'::regclass and indisunique and indisvalid and not indisprimary`), '1');
  assert.equal((await living[0].post('/api/collections/big/fields:create', { name: 'afterwards', type: 'string' })).status, 200);
});
