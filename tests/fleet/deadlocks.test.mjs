// Requests that change the same rows in opposite order meet in a deadlock; the database ends one of them, and the server
// runs it again: no client hears of it.
import assert from 'node:assert/strict';
import test from 'node:test';
import { dialects, startDatabase } from '../lib/databases.mjs';
import { openFleet, rootOf, shared } from './fleet.mjs';

const rounds = 15, pairs = 4;

/** How many deadlocks the server has seen. */
const counted = {
  postgres: (database) => Number(database.server.sql('select deadlocks from pg_stat_database where datname = current_database()')),
  mariadb: (database) => Number(database.server.sql(`select count from information_schema.innodb_metrics where name = 'lock_deadlocks'`)),
};

for (const dialect of dialects.filter((name) => name in counted)) {
  test(`opposite orders on ${dialect}`, async (t) => {
    const database = await startDatabase(dialect);
    t.after(() => database.stop());
    if (dialect === 'mariadb') database.server.sql(`set global innodb_monitor_enable = 'lock_deadlocks'`);
    else database.server.psql(`alter database ${database.env.DB_DATABASE} set deadlock_timeout = '20ms'`, 'flotilla', 'postgres');
    const fleet = openFleet(t, { ...shared, ...database.env });
    const roots = await Promise.all([await fleet.start(), await fleet.start()].map(rootOf));
    await roots[0].data('POST', '/api/collections:create', { name: 'lines', fields: [{ name: 'amount', type: 'integer' }] });
    await roots[0].data('POST', '/api/collections:create', { name: 'orders', fields: [{ name: 'title', type: 'string' }, { name: 'lines', type: 'hasMany', target: 'lines', foreignKey: 'orderId' }] });
    const lines = [];
    for (let i = 0; i < 12; ++i) lines.push((await roots[0].data('POST', '/api/lines:create', { amount: 0 })).id);
    const { id } = await roots[0].data('POST', '/api/orders:create', { title: 'one', lines });
    const faults = [];
    const change = async (root, amount, ids) => {
      const answer = await root.post(`/api/orders:update?filterByTk=${id}&updateAssociationValues[]=lines`, { lines: ids.map((line) => ({ id: line, amount })) });
      if (answer.status !== 200) faults.push(`${answer.status} ${answer.text.slice(0, 200)}`);
    };
    for (let round = 0; round < rounds; ++round)
      await Promise.all(Array.from({ length: pairs }, (_, i) => [change(roots[0], round * 10 + i, lines), change(roots[1], -round * 10 - i, lines.toReversed?.() ?? [...lines].reverse())]).flat());
    t.diagnostic(`${counted[dialect](database)} deadlocks in ${rounds * pairs * 2} requests`);
    assert.deepEqual([...new Set(faults)], []);
    assert.ok(counted[dialect](database) > 0, 'no deadlock: nothing was tested');
    const amounts = new Set((await roots[0].data('GET', '/api/lines:list?paginate=false')).map((line) => line.amount));
    assert.equal(amounts.size, 1, 'all of one request, or nothing');
  });
}
