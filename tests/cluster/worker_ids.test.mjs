// 40 nodes for 32 places: no two living holders of one worker id, while nodes are paused beyond their lease, killed, and the
// Redis is flushed.   RIG_FULL=1, RIG_ADAPTERS, SEED
import assert from 'node:assert/strict';
import test from 'node:test';
import { checkHolders } from './checkers/worker_ids.mjs';
import { full, openRig, size, sleep } from './lib/rig.mjs';

const adapters = (process.env.RIG_ADAPTERS ?? (full ? 'sqlite,postgres,mariadb,redis7,redis8' : 'redis8')).split(',');
const nodes = 40, places = 32, leaseMs = 3_000;

for (const adapter of adapters) {
  test(`worker ids on ${adapter}: ${nodes} nodes, ${places} places, lease ${leaseMs} ms`, async (t) => {
    const rig = await openRig(t, adapter, { FLOTILLA_WORKER_ID_LEASE_MS: String(leaseMs), DRIVER_WITHOUT_OWN_ID: '1' });
    let life = 0;
    const launch = () => rig.start(`n${life++}`, 'hold-worker-id', { patience: 500 });
    const living = Array.from({ length: nodes }, launch);
    const holding = () => living.filter((own) => own.ended === null && rig.lines(own.name).some(([word]) => word === 'use'));
    await rig.until(`${places} nodes have a place`, () => holding().length >= places, 90_000, () => `${holding().length}\n${living[0].log()}`);
    // At first the store itself waits, as it might have lost its memory; then it names the limit.
    const told = (own) => rig.lines(own.name).some((words) => words[0] === 'refused' && /at most 32 nodes/.test(words.join(' ')));
    await rig.until('the others are told why not', () => living.filter(told).length >= nodes - places, 30_000, () => living[0].log());

    const end = Date.now() + size(12_000, 90_000);
    let pauses = 0, kills = 0, flushes = 0, nextFlush = Date.now() + 4_000;
    while (Date.now() < end) {
      await sleep(rig.random.between(50, 300));
      const at = rig.random.below(living.length), own = living[at];
      if (own.paused) continue;
      if (rig.random.chance(0.7)) {
        own.pause();
        ++pauses;
        setTimeout(() => own.resume(), rig.random.between(leaseMs / 2, leaseMs * 3));
      } else {
        await own.kill('SIGKILL');
        ++kills;
        living[at] = launch();
      }
      if (adapter.startsWith('redis') && Date.now() > nextFlush) {
        if (rig.random.chance(0.5)) await rig.server.command('FLUSHALL'); else await rig.server.restart('SIGKILL');
        ++flushes;
        nextFlush = Date.now() + size(5_000, 15_000);
      }
    }
    await sleep(leaseMs * 3 + 500);
    await rig.until('places are held again', () => living.filter((own) => { const lines = rig.lines(own.name); return lines.length && lines[lines.length - 1][0] === 'use'; }).length >= places, 60_000);
    await Promise.all(living.map((own) => rig.finish(own, 60_000)));

    // A node that has noticed that its lease was over ("none") and holds a place again is another holder.
    const uses = rig.processes.flatMap((own) => {
      let episode = 0;
      return rig.lines(own.name).flatMap(([word, worker, from, to]) => {
        if (word !== 'use') { ++episode; return []; }
        return [{ node: `${own.name}.${episode}`, worker: Number(worker), from: BigInt(from), to: BigInt(to) }];
      });
    });
    assert.ok(uses.length > 1000, `only ${uses.length} uses`);
    assert.deepEqual(checkHolders(uses), []);
    assert.deepEqual([...new Set(uses.map((use) => use.worker))].sort((a, b) => a - b), Array.from({ length: places }, (_, i) => i));
    console.log(`# ${adapter}: ${uses.length} uses, ${pauses} pauses, ${kills} kills, ${flushes} flushes or restarts of the store`);
  });
}
