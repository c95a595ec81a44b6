// What is different on MariaDB: a change of the schema is several commits there, and yet it is made or not. KILLS=20 is
// the full size.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Client } from '../lib/client.mjs';
import { startDatabase } from '../lib/databases.mjs';
import { chosenSeed, Random } from '../lib/random.mjs';
import { sleep } from '../lib/server.mjs';
import { openFleet, rootOf, shared } from './fleet.mjs';

const kills = Number(process.env.KILLS ?? 4);

async function opened(t) {
  const database = await startDatabase('mariadb');
  t.after(() => database.stop());
  const columnsOf = (table) => database.server.sql(`select column_name from information_schema.columns where table_schema='flotilla' and table_name='${table}' order by 1`).split('\n').filter(Boolean);
  const indexesOf = (table) => database.server.sql(`select distinct index_name from information_schema.statistics where table_schema='flotilla' and table_name='${table}' order by 1`).split('\n').filter(Boolean);
  const pending = () => database.server.sql("select pending from flotillaSchema where name='pending'") || '[]';
  return { database, columnsOf, indexesOf, pending, fleet: openFleet(t, { ...shared, ...database.env }) };
}

test('a change that MariaDB refuses in the middle leaves nothing behind', async (t) => {
  const { fleet, columnsOf, indexesOf, pending } = await opened(t);
  const root = await rootOf(await fleet.start());
  await root.data('POST', '/api/collections:create', { name: 'notes', fields: [{ name: 'title', type: 'string' }] });
  for (const title of ['a', 'a']) await root.data('POST', '/api/notes:create', { title });
  const before = { columns: columnsOf('notes'), indexes: indexesOf('notes') };
  const fields = await root.data('GET', '/api/collections/notes/fields:list?pageSize=100');
  // The new column is added, then the index on equal titles is refused.
  const answer = await root.post('/api/collections:setFields?filterByTk=notes', {
    fields: [...fields.map((field) => (field.name === 'title' ? { ...field, unique: true } : field)), { name: 'extra', type: 'integer' }],
  });
  assert.ok(answer.status >= 400, `${answer.status} ${answer.text}`);
  assert.deepEqual({ columns: columnsOf('notes'), indexes: indexesOf('notes') }, before);
  assert.equal(pending(), '[]');
  assert.equal((await root.data('GET', '/api/collections/notes/fields:list?pageSize=100')).length, fields.length);
  await root.data('POST', '/api/notes:create', { title: 'still served' });
  await root.data('POST', '/api/collections/notes/fields:create', { name: 'extra', type: 'string' });
  assert.ok(columnsOf('notes').includes('extra'), 'what was given up stands in nobody\'s way');
});

test(`a node is killed ${kills} times while it changes the schema: tables and metadata agree after the next start`, async (t) => {
  const { database, fleet, columnsOf, pending } = await opened(t);
  const seed = chosenSeed(), random = new Random(seed);
  t.diagnostic(`SEED=${seed}`);
  let node = await fleet.start();
  await (await rootOf(node)).data('POST', '/api/collections:create', { name: 'notes', fields: [{ name: 'title', type: 'string' }] });
  let next = 0, acknowledged = 0;
  for (let i = 0; i < kills; ++i) {
    const client = new Client(node.url, { timeoutMs: 10_000 });
    await client.signIn();
    let working = true;
    const work = (async () => {
      const mine = [];
      while (working) {
        const name = `f${++next}`;
        const made = await client.post('/api/collections/notes/fields:create', { name, type: 'string', index: next % 3 === 0 }).catch(() => ({ status: 0 }));
        if (made.status !== 200) break;
        ++acknowledged;
        mine.push(name);
        if (mine.length > 2) await client.post(`/api/collections/notes/fields:destroy?filterByTk=${mine.shift()}`).catch(() => {});
      }
    })();
    await sleep(200 + random.below(400));
    await node.kill('SIGKILL');
    working = false;
    await work;
    node = await fleet.start();
    const root = await rootOf(node);
    const fields = await root.data('GET', '/api/collections/notes/fields:list?pageSize=1000');
    const wanted = ['id', 'createdAt', 'updatedAt', 'createdById', 'updatedById', ...fields.map((field) => field.name)];
    const columns = columnsOf('notes');
    assert.deepEqual(columns.filter((name) => !wanted.includes(name)), [], 'columns that no field has');
    const stored = fields.filter((field) => field.type === 'string').map((field) => field.name);
    assert.deepEqual(stored.filter((name) => !columns.includes(name)), [], 'fields without a column');
    assert.equal(pending(), '[]');
    assert.equal((await root.get('/api/notes:list')).status, 200);
  }
  assert.ok(acknowledged > kills, `only ${acknowledged} changes were made`);
  t.diagnostic(`${acknowledged} changes were acknowledged`);
  assert.ok(database.server.sql('select epoch from flotillaSchema where name=\'main\'') > 1);
});

test('doctor examines MariaDB; one that is taken for MySQL is refused with what to set', async (t) => {
  const { fleet } = await opened(t);
  await fleet.start();
  const examined = async (env) => Object.fromEntries(JSON.parse((await fleet.run(['doctor', '--json'], env)).out).checks.map((check) => [check.name, check]));
  const well = await examined({});
  assert.equal(well.database.state, 'ok', JSON.stringify(well.database));
  assert.match(well.database.detail, /^mariadb at /);
  assert.equal(well.content.state, 'ok', JSON.stringify(well.content));
  const taken = await examined({ DB_DIALECT: 'mysql' });
  assert.equal(taken.database.state, 'failed');
  assert.match(taken.database.detail, /set DB_DIALECT=mariadb/);
});
