// Every subscriber applies an unbroken rising sequence, or reloads what it may have missed; after healing all have the same
// state within 2 s: while links are cut, processes are paused, the server is restarted, and subscribers come late.
// RIG_FULL=1, RIG_ADAPTERS, SEED
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { checkSubscriber } from './checkers/signals.mjs';
import { openProxy } from '../lib/proxy.mjs';
import { full, openRig, size, sleep } from './lib/rig.mjs';

const adapters = (process.env.RIG_ADAPTERS ?? (full ? 'sqlite,postgres,mariadb,redis7,redis8' : 'sqlite,postgres,redis8')).split(',');
const channels = 3, subscribers = 5, total = size(3_000, 100_000);
const each = Math.ceil(total / channels);

for (const adapter of adapters) {
  test(`signals on ${adapter}: ${channels * each} on ${channels} channels to ${subscribers} subscribers`, async (t) => {
    const rig = await openRig(t, adapter);
    const truth = join(rig.folder, 'truth');
    mkdirSync(truth);
    const proxies = [];
    // Each subscriber of a server has a link of its own that can be cut.
    const linkOf = async () => {
      if (!rig.server) return {};
      const proxy = await openProxy(t, rig.server.port);
      proxies.push(proxy);
      const through = (url) => url.replace(`:${rig.server.port}`, `:${proxy.port}`);
      return Object.fromEntries(['REDIS_URL', 'DRIVER_POSTGRES_URL', 'DRIVER_MARIADB_URL'].filter((name) => rig.env[name]).map((name) => [name, through(rig.env[name])]));
    };
    const follow = async (i) => rig.start(`s${i}`, 'follow-signals', { channels, truth }, await linkOf());
    const all = [];
    for (let i = 0; i < subscribers - 2; ++i) all.push(await follow(i));
    await Promise.all(all.map((own) => rig.ready(own)));
    const publisher = rig.start('publisher', 'publish-signals', { channels, count: each, truth });

    let faults = 0, restarts = 0;
    const begun = Date.now();
    while (publisher.ended === null) {
      await sleep(rig.random.between(100, 400));
      const own = rig.random.pick(all);
      const what = rig.random.below(rig.server ? 4 : 2);
      if (what <= 1 && !own.paused) { own.pause(); setTimeout(() => own.resume(), rig.random.between(50, 1500)); ++faults; }
      if (what === 2) { rig.random.pick(proxies).cut(); ++faults; }
      if (what === 3) { const proxy = rig.random.pick(proxies); proxy.hold(); setTimeout(proxy.release, rig.random.between(100, 1500)); ++faults; }
      // Late joiners.
      if (all.length < subscribers && Date.now() - begun > 600 * all.length) all.push(await follow(all.length));
      if (rig.server && restarts < size(1, 5) && Date.now() - begun > (restarts + 1) * size(1_500, 5_000)) { await rig.server.restart('SIGKILL'); ++restarts; }
      if (Date.now() - begun > size(120_000, 900_000)) throw new Error(`the publisher does not end:\n${publisher.log()}`);
    }
    assert.equal(publisher.ended, 0, publisher.log());
    while (all.length < subscribers) all.push(await follow(all.length));
    // A late joiner that found the server gone has ended with an error, as it should; whoever runs it starts it again.
    for (let i = 0; i < all.length; ++i) {
      if (all[i].ended !== null) all[i] = rig.start(all[i].name, all[i].role, all[i].args, all[i].env);
      await rig.ready(all[i]);
    }
    await sleep(1600);  // the last fault has healed
    const state = (own, channel) => rig.lines(own.name).reduce((last, [word, name, n]) => (name === channel && (word === 'apply' || word === 'reload') ? Math.max(last, Number(n)) : last), 0);
    const names = Array.from({ length: channels }, (_, i) => `channel${i}`);
    const equal = () => all.every((own) => names.every((name) => state(own, name) === each));
    await rig.until('all states are equal', equal, 2_000, () => JSON.stringify(all.map((own) => names.map((name) => state(own, name)))) + all[0].log());
    for (const own of all) await rig.finish(own);

    const repeated = (name) => new Set(rig.lines('publisher').filter(([word, channel]) => word === 'repeated' && channel === name).map(([, , n]) => Number(n)));
    const delays = [];
    for (const own of all) {
      for (const name of names) {
        const events = rig.lines(own.name).filter(([, channel]) => channel === name).map(([word, , n, ns]) => { if (ns) delays.push(Number(ns) / 1e6); return [word, Number(n)]; });
        assert.deepEqual(checkSubscriber(events, Number(readFileSync(join(truth, name), 'utf8')), repeated(name)), [], `${own.name} ${name}`);
      }
    }
    delays.sort((a, b) => a - b);
    const reloads = all.flatMap((own) => rig.lines(own.name)).filter(([word]) => word === 'reload').length;
    console.log(`# ${adapter}: ${delays.length} applied, ${reloads} reloads, ${faults} faults, ${restarts} restarts; publish to applied p50 ${delays[delays.length >> 1]?.toFixed(2)} ms, p99 ${delays[Math.floor(delays.length * 0.99)]?.toFixed(2)} ms (faults included)`);
  });
}
