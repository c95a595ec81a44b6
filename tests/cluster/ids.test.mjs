// Ids of the whole fleet are unique for ever: restarts within the same second, kills, clock steps of -5 s and -1 h. The peer's
// algorithm fails the same check.   RIG_FULL=1, RIG_ADAPTERS, SEED
import assert from 'node:assert/strict';
import { join } from 'node:path';
import test from 'node:test';
import { checkIds } from './checkers/ids.mjs';
import { openRig, size, sleep } from './lib/rig.mjs';

const nodes = size(8, 32), count = size(50_000, 1_000_000), adapter = process.env.RIG_ADAPTERS ?? 'sqlite';

async function make(t, naive) {
  const rig = await openRig(t, adapter, { FLOTILLA_WORKER_ID_LEASE_MS: '3000', DRIVER_WITHOUT_OWN_ID: '1' });
  const files = [];
  const launch = (i, life) => {
    files.push(join(rig.folder, `ids-${i}-${life}`));
    return rig.start(`n${i}-${life}`, 'make-ids', { count, naive: naive ? 1 : 0, ids: files.at(-1), restarts: 9 });
  };
  const running = Array.from({ length: nodes }, (_, i) => launch(i, 0));
  // Some are killed on the way, and others take their places.
  for (let i = 0; i < nodes / 4 && !naive; ++i) {
    await sleep(rig.random.between(100, 500));
    const at = rig.random.below(nodes);
    if (running[at].ended !== null) continue;
    await running[at].kill('SIGKILL');
    running[at] = launch(at, i + 1);
  }
  const limit = size(180_000, 1_500_000);
  await rig.until('all ids are made', () => running.every((own) => own.ended !== null), limit, () => running.find((own) => own.ended === null).log());
  running.forEach((own) => assert.equal(own.ended, 0, own.log()));
  return checkIds(files);
}

test(`ids: ${nodes} nodes x ${count}, restarts and clock steps`, async (t) => {
  const found = await make(t, false);
  console.log(`# ${found.count} ids, ${found.duplicates} duplicates`);
  assert.ok(found.count >= nodes * count * 0.99, `only ${found.count}`);
  assert.equal(found.duplicates, 0);
  assert.equal(found.unsafe, 0);
});

test('ids: the peer\'s algorithm repeats ids under the same faults', async (t) => {
  const found = await make(t, true);
  console.log(`# ${found.count} ids, ${found.duplicates} duplicates`);
  assert.ok(found.duplicates > 0, 'the check cannot see duplicates');
});
