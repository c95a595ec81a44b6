// Nothing acknowledged is lost, no limit is passed, poison ends in the dead letters once: while consumers are killed and
// the server is restarted.   RIG_FULL=1 for the sizes of docs/reliability.md, RIG_ADAPTERS=redis8,… for some adapters, SEED
import assert from 'node:assert/strict';
import test from 'node:test';
import { checkQueue } from './checkers/queue.mjs';
import { full, openRig, size, sleep } from './lib/rig.mjs';

const adapters = (process.env.RIG_ADAPTERS ?? (full ? 'sqlite,postgres,mariadb,redis7,redis8,rabbitmq3,rabbitmq4' : 'sqlite,postgres,redis8,rabbitmq4')).split(',');
const producers = 4, consumers = 4, retries = 3, poisonEvery = 500, flakyEvery = 97;
const each = size(1_000, 25_000), restarts = size(2, 10), killEveryMs = 300;

const isPoison = (id) => Number(id.split('-')[1]) % poisonEvery === 0;
const unique = (list) => [...new Set(list)];

for (const adapter of adapters) {
  test(`queue on ${adapter}: ${producers * each} messages, a consumer killed every ${killEveryMs} ms, ${restarts} restarts of the server`, async (t) => {
    const rig = await openRig(t, adapter, { FLOTILLA_QUEUE_LEASE_MS: '2000' });
    const consumerArgs = { channel: 'work', concurrency: 64 };
    const names = Array.from({ length: consumers }, (_, i) => `consumer${i}`);
    const living = new Map(names.map((name) => [name, rig.start(name, 'consume', consumerArgs)]));
    await Promise.all([...living.values()].map((own) => rig.ready(own)));
    const makers = Array.from({ length: producers }, (_, i) =>
      rig.start(`p${i}`, 'produce', { channel: 'work', count: each, retries, poison: poisonEvery, flaky: flakyEvery, window: 64 }));

    const readies = (name) => rig.lines(name).filter(([word]) => word === 'ready').length;
    const lives = new Map(names.map((name) => [name, 1]));
    let kills = 0, restarted = 0, stop = false;
    const killing = (async () => {
      while (!stop) {
        await sleep(killEveryMs);
        // One that works: on a busy machine a start may take longer than a life would last.
        const name = rig.random.pick(names);
        if (readies(name) < lives.get(name)) continue;
        await living.get(name).kill('SIGKILL');
        ++kills;
        lives.set(name, readies(name) + 1);
        living.set(name, rig.start(name, 'consume', consumerArgs));
      }
    })();
    const acked = () => makers.flatMap((own) => rig.lines(own.name)).filter(([word]) => word === 'acked').map(([, id]) => id);
    const done = () => names.flatMap((name) => rig.lines(name)).filter(([word]) => word === 'done').map(([, id]) => id);
    const restarting = (async () => {
      while (restarted < restarts && !stop) {
        // Spread over the work, whatever its speed.
        const goal = ((restarted + 1) / (restarts + 1)) * producers * each * 0.8;
        await rig.until('producers go on', () => stop || acked().length >= goal || makers.every((own) => own.ended !== null), 600_000);
        if (rig.server) await rig.server.restart(rig.random.chance(0.5) ? 'SIGKILL' : 'SIGTERM');
        ++restarted;
      }
    })();

    await rig.until('producers end', () => makers.every((own) => own.ended !== null), size(120_000, 1_200_000), () => makers[0].log());
    makers.forEach((own) => assert.equal(own.ended, 0, own.log()));
    await restarting;
    const wanted = unique(acked());
    const working = wanted.filter((id) => !isPoison(id));
    await rig.until('everything is worked off', () => { const seen = new Set(done()); return working.every((id) => seen.has(id)); },
      size(120_000, 600_000), () => { const seen = new Set(done()); return `${working.filter((id) => !seen.has(id)).length} of ${working.length} left\n${[...living.values()][0].log()}`; });
    stop = true;
    await killing;
    // Poison needs its back-offs; nothing kills it any more.
    const poison = wanted.filter(isPoison);
    let dead = [];
    await rig.until('poison is in the dead letters', async () => {
      const lister = rig.start(`lister${Date.now()}`, 'list-dead', { channel: 'work' });
      await lister.exited;
      dead = rig.lines(lister.name).filter(([word]) => word === 'dead').map(([, id, message]) => [id, message]);
      await sleep(500);
      return poison.every((id) => dead.some(([known]) => known === id));
    }, 120_000, () => `${dead.length} of ${poison.length}`);
    for (const own of living.values()) await rig.finish(own);

    const events = names.flatMap((name) => rig.lines(name));
    const attempts = events.filter(([word]) => word === 'start').map(([, id, retried]) => [id, Number(retried)]);
    const finished = events.filter(([word]) => word === 'done').map(([, id]) => id);
    assert.deepEqual(checkQueue({ acked: wanted, attempts, done: finished, dead, poison: isPoison, retries }), []);
    assert.equal(wanted.length, producers * each);
    console.log(`# ${adapter}: ${wanted.length} acknowledged, ${attempts.length} attempts, ${finished.length - unique(finished).length} done twice, ${dead.length} dead, ${kills} kills, ${restarted} restarts`);
  });
}
