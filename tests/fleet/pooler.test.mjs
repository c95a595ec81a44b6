// Behind PgBouncer in transaction mode, which gives every transaction another connection: two nodes work as ever.
import assert from 'node:assert/strict';
import test from 'node:test';
import { startDatabase } from '../lib/databases.mjs';
import { startPgbouncer } from '../lib/servers/pgbouncer.mjs';
import { nodesSeenBy, openFleet, rootOf, shared, until } from './fleet.mjs';

async function behindPooler(t) {
  const database = await startDatabase('postgres');
  t.after(() => database.stop());
  const pooler = await startPgbouncer(database.server);
  t.after(() => pooler.stop());
  const env = { ...shared, ...database.env, DB_PORT: String(pooler.port), FLOTILLA_DB_POOLER: 'transaction', LOGGER_LEVEL: 'warn' };
  return { database, pooler, fleet: openFleet(t, env) };
}

test('collections, records, filters and associations through PgBouncer, on two nodes', async (t) => {
  const { fleet } = await behindPooler(t);
  const [one, two] = [await rootOf(await fleet.start()), await rootOf(await fleet.start())];
  await one.data('POST', '/api/collections:create', { name: 'boats', fields: [{ name: 'name', type: 'string' }, { name: 'size', type: 'integer' }, { name: 'owner', type: 'belongsTo', target: 'users', foreignKey: 'ownerId' }] });
  await Promise.all(Array.from({ length: 60 }, (_, i) => (i % 2 ? one : two).data('POST', '/api/boats:create', { name: `boat ${i}`, size: i, owner: 1 })));
  for (const client of [one, two]) {
    const page = (await client.get(`/api/boats:list?pageSize=50&sort=-size&appends[]=owner&filter=${encodeURIComponent('{"size":{"$gte":20}}')}`)).body;
    assert.equal(page.meta.count, 40);
    assert.deepEqual(page.data.map((row) => row.size), Array.from({ length: 40 }, (_, i) => 59 - i));
    assert.ok(page.data.every((row) => row.owner.id === 1));
  }
  // Schema changes while the other node writes.
  for (let i = 0; i < 10; ++i) {
    await one.data('POST', '/api/collections/boats/fields:create', { name: `f${i}`, type: 'string' });
    const created = await two.data('POST', '/api/boats:create', { name: 'new', [`f${i}`]: 'kept' });
    assert.equal(created[`f${i}`], 'kept');
  }
  await until('both nodes are seen', async () => (await nodesSeenBy(fleet.nodes[1])).length === 2);
  for (const node of fleet.nodes) assert.deepEqual(node.logs().split('\n').filter((line) => / (warn|error) /.test(line)), []);
});

test('without the switch, start and doctor end with an error that names it', async (t) => {
  const { fleet } = await behindPooler(t);
  // As for every check that fails, and for every setting that is refused.
  for (const [command, code] of [['doctor', 1], ['start', 2]]) {
    const done = await fleet.run([command], { FLOTILLA_DB_POOLER: 'none' });
    assert.equal(done.code, code, done.out);
    assert.match(done.out + done.error, /FLOTILLA_DB_POOLER/);
  }
});
