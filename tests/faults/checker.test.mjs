// The check that kill9_bulk_create relies on must see a torn batch: rows are taken away behind the server's back.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import test from 'node:test';
import { Client } from '../lib/client.mjs';
import { startServer } from '../lib/server.mjs';
import { examineFile, makeCollections, startBulkCreates, stateOf } from './bulk_workload.mjs';

test('a batch that lost a parent, a child or a link is found by both checks', async (t) => {
  let server = await startServer();
  t.after(() => server.stop());
  const client = new Client(server.url);
  await client.signIn();
  await makeCollections(client);
  const stop = startBulkCreates(server.url, client.token, 1, 'b');
  for (;;) {
    const count = (await client.get('/api/kill_parents:list?pageSize=1')).body.meta.count;
    if (count >= 100) break;
  }
  const { acknowledged } = await stop();
  assert.ok(acknowledged.length >= 4);
  assert.deepEqual([...(await stateOf(client, acknowledged)).values()].filter((state) => state !== 'whole'), []);
  assert.deepEqual((await stateOf(client, ['never-sent'])).get('never-sent'), 'absent');
  assert.deepEqual(await examineFile(server.env.DB_STORAGE), []);

  const [noParent, noChild, noLink] = acknowledged;
  await server.kill('SIGTERM');
  execFileSync('sqlite3', [server.env.DB_STORAGE, `
    DELETE FROM kill_parents WHERE batch = '${noParent}' AND n = 3;
    DELETE FROM kill_children WHERE batch = '${noChild}' AND n = 5;
    UPDATE kill_children SET parentId = NULL WHERE batch = '${noLink}' AND n = 7;`]);
  server = await server.restart();
  const states = await stateOf(client, acknowledged);
  assert.deepEqual([...states].filter(([, state]) => state !== 'whole').map(([batch]) => batch).sort(), [noParent, noChild, noLink].sort());
  const problems = (await examineFile(server.env.DB_STORAGE)).map((line) => line.split(' ').slice(0, 2).join(' ').replace(/\d+$/, ''));
  assert.deepEqual([...new Set(problems)].sort(), ['orphan ', 'torn children', 'torn parents']);
});
