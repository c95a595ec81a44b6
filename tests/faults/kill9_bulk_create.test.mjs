// kill -9 at any moment of bulk creates leaves the database whole: acknowledged rows are there with their children,
// a request without an answer is there as a whole or not at all, and the server starts again on what it finds.
//   FLOTILLA_KILL_RUNS=50 SEED=… node --test tests/faults/kill9_bulk_create.test.mjs
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { Client } from '../lib/client.mjs';
import { chosenSeed, countOf, Random } from '../lib/random.mjs';
import { sleep, startServer } from '../lib/server.mjs';
import { examineFile, makeCollections, startBulkCreates, stateOf } from './bulk_workload.mjs';

const runs = countOf('FLOTILLA_KILL_RUNS', 50);
const seed = chosenSeed();
const clients = 4;
const killAfterMsMax = 250;
console.log(`SEED=${seed} FLOTILLA_KILL_RUNS=${runs}`);

test(`kill -9 of bulk creates, ${runs} times`, async (t) => {
  const random = new Random(seed);
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-kill-'));
  const options = { folder, env: { LOGGER_LEVEL: 'warn' } };
  let server = await startServer(options);
  t.after(async () => { await server.stop(); rmSync(folder, { recursive: true, force: true }); });
  const database = server.env.DB_STORAGE;
  const client = new Client(server.url);
  await client.signIn();
  await makeCollections(client);
  const { token } = client;
  const totals = { sent: 0, acknowledged: 0, openWhole: 0, openAbsent: 0 };
  const durable = [];

  for (let run = 0; run < runs; ++run) {
    await t.test(`run ${run}`, async (each) => {
      const began = performance.now();
      const killAfterMs = random.between(0, killAfterMsMax);
      const stop = startBulkCreates(server.url, token, clients, `r${run}`);
      await sleep(killAfterMs);
      const how = await server.kill('SIGKILL');
      assert.equal(how.signal, 'SIGKILL', `the server ended before it was killed: ${JSON.stringify(how)}\n${server.logs()}`);
      const { sent, acknowledged, refused } = await stop();

      server = await startServer({ ...options, timeoutMs: 10_000 });
      const after = new Client(server.url);
      after.token = token;
      const states = await stateOf(after, sent);
      const lost = acknowledged.filter((batch) => states.get(batch) !== 'whole').map((batch) => `${batch}: ${states.get(batch)}`);
      const torn = [...states].filter(([, state]) => state !== 'whole' && state !== 'absent').map(([batch, state]) => `${batch}: ${state}`);
      const problems = await examineFile(database);
      const took = Math.round(performance.now() - began);

      const open = sent.filter((batch) => !acknowledged.includes(batch)).map((batch) => states.get(batch));
      totals.sent += sent.length;
      totals.acknowledged += acknowledged.length;
      totals.openWhole += open.filter((state) => state === 'whole').length;
      totals.openAbsent += open.filter((state) => state === 'absent').length;
      durable.push(...acknowledged);
      each.diagnostic(`killed after ${killAfterMs} ms: ${sent.length} sent, ${acknowledged.length} acknowledged, ${took} ms`);
      assert.deepEqual(refused, [], 'a create was answered, but not with success');
      assert.deepEqual(lost, [], 'acknowledged, but not whole');
      assert.deepEqual(torn, [], 'neither whole nor absent');
      assert.deepEqual(problems, [], 'found in the file');
    });
  }

  await t.test('what was acknowledged in any run is still there, and the kills hit work', async (each) => {
    each.diagnostic(JSON.stringify(totals));
    const after = new Client(server.url);
    after.token = token;
    for (let i = 0; i < durable.length; i += 200) {
      const states = await stateOf(after, durable.slice(i, i + 200));
      assert.deepEqual([...states].filter(([, state]) => state !== 'whole'), []);
    }
    assert.ok(totals.acknowledged > 0, 'no request was ever acknowledged: nothing was tested');
    assert.ok(totals.openWhole + totals.openAbsent > 0, 'no kill hit a request under way: nothing was tested');
  });
});
