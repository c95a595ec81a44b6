// Any number of nodes started at the same instant on an empty database: one makes the tables, all become healthy.
// START_ROUNDS=20 is the full size.
import assert from 'node:assert/strict';
import test from 'node:test';
import { dialects, startDatabase } from '../lib/databases.mjs';
import { nodesSeenBy, openFleet, rootOf, shared } from './fleet.mjs';

const rounds = Number(process.env.START_ROUNDS ?? 2);
const count = 8;

const errorsOf = (node) => node.logs().split('\n').filter((line) => /\b(error|critical)\b/.test(line));

for (const dialect of dialects) {
  test(`${count} nodes at once on an empty ${dialect}, ${rounds} times`, async (t) => {
    for (let round = 1; round <= rounds; ++round) {
      await t.test(`round ${round}`, async (t) => {
        const database = await startDatabase(dialect);
        t.after(() => database.stop());
        const fleet = openFleet(t, { ...shared, ...database.env, LOGGER_FORMAT: 'logfmt' });
        await Promise.all(Array.from({ length: count }, () => fleet.start({}, { timeoutMs: 120_000 })));
        const schemas = new Set();
        for (const node of fleet.nodes) {
          const root = await rootOf(node);
          assert.equal((await root.get('/readyz')).status, 200);
          schemas.add(JSON.stringify(await root.data('GET', '/api/collections:listMeta')));
          assert.deepEqual(errorsOf(node), []);
        }
        assert.equal(schemas.size, 1, 'all nodes serve the same collections');
        const root = await rootOf(fleet.nodes[0]);
        assert.equal((await root.get('/api/users:list')).body.meta.count, 1);
        assert.equal((await root.get('/api/roles:list')).body.meta.count, 3);
        const seen = await nodesSeenBy(fleet.nodes[0]);
        assert.equal(new Set(seen.map((node) => node.workerId)).size, count);
      });
    }
  });
}
