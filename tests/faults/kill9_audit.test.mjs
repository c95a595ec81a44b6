// The audit and the records are one: after kill -9 at any moment every record that is there has been written down once,
// and nothing is written down that is not there.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Client } from '../lib/client.mjs';
import { keepAliveAgent } from '../lib/http.mjs';
import { Random } from '../lib/random.mjs';
import { sleep, startServer } from '../lib/server.mjs';
import { dialects, startDatabase } from '../lib/databases.mjs';

const rounds = Number(process.env.KILL9_ROUNDS ?? 5);
const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);

for (const dialect of dialects)
  test(`${rounds} kills while records are written, on ${dialect}, seed ${seed}`, async (t) => {
    const database = await startDatabase(dialect);
    t.after(() => database.stop());
    const random = new Random(seed);
    const agent = keepAliveAgent();
    t.after(() => agent.destroy());
    let server = await startServer({ env: { ...database.env, LOGGER_LEVEL: 'error' } });
    t.after(() => server.stop());
    const setup = new Client(server.url);
    await setup.signIn();
    await setup.data('POST', '/api/collections:create', { name: 'notes', fields: [{ name: 'text', type: 'string' }, { name: 'parts', type: 'hasMany', target: 'parts', foreignKey: 'noteId' }] });
    await setup.data('POST', '/api/collections:create', { name: 'parts', fields: [{ name: 'text', type: 'string' }] });
    let acknowledged = 0;
    for (let round = 0; round < rounds; ++round) {
      const client = Object.assign(new Client(server.url, { agent }), { token: setup.token });
      let working = true;
      const writers = Array.from({ length: 6 }, async (_, n) => {
        const own = [];
        for (let i = 0; working; ++i) {
          try {
            const made = await client.data('POST', '/api/notes:create', { text: `${round}.${n}.${i}`, parts: [{ text: 'a' }, { text: 'b' }] });
            own.push(made.id);
            ++acknowledged;
            if (i % 3 === 1) await client.data('POST', `/api/notes:update?filterByTk=${own.at(-1)}`, { text: 'changed' });
            if (i % 4 === 3) await client.data('POST', `/api/notes:destroy?filterByTk=${own.shift()}`);
          } catch { return; }
        }
      });
      await sleep(200 + random.below(800));
      await server.kill('SIGKILL');
      working = false;
      await Promise.all(writers);
      server = await server.restart();
      const check = Object.assign(new Client(server.url), { token: setup.token });
      for (const collection of ['notes', 'parts']) {
        const there = new Set((await check.data('GET', `/api/${collection}:list?paginate=false&fields=id`)).map((row) => String(row.id)));
        const written = await check.data('GET', `/api/auditLogs:list?paginate=false&fields[]=type&fields[]=recordKey&filter=${encodeURIComponent(JSON.stringify({ collectionName: collection, 'type.$in': ['create', 'destroy'] }))}`);
        const created = written.filter((row) => row.type === 'create').map((row) => row.recordKey);
        const destroyed = new Set(written.filter((row) => row.type === 'destroy').map((row) => row.recordKey));
        assert.equal(new Set(created).size, created.length, 'no record is written down twice');
        const expected = new Set(created.filter((key) => !destroyed.has(key)));
        assert.deepEqual([...expected].sort(), [...there].sort(), `round ${round}, ${collection}`);
      }
    }
    assert.ok(acknowledged > rounds, 'something was written');
    t.diagnostic(`${acknowledged} acknowledged creations`);
  });
