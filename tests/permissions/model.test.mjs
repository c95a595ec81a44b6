// Random roles, scopes and requests, decided by a server and by the model in model/: README.md tells how.
//   SEED=… repeats a run, EPISODE=… one episode of it; PERMISSIONS_FULL=1 runs 20,000 cases for each of three seeds;
//   PERMISSIONS_CASES=… another number; DIALECTS=sqlite,postgres chooses the databases.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { chosenSeed, countOf } from '../lib/random.mjs';
import { describeDifference, runEpisode, shrink } from './model/episode.mjs';
import { openServerWorld } from './model/server_world.mjs';

const full = process.env.PERMISSIONS_FULL === '1';
const seeds = full && !process.env.SEED ? [1, 2, 3] : [chosenSeed()];
const casesPerEpisode = 50;
const cases = countOf('PERMISSIONS_CASES', full ? 20_000 : 1_500);
const only = process.env.EPISODE === undefined ? null : countOf('EPISODE', 0);
const episodes = only === null ? Array.from({ length: Math.ceil(cases / casesPerEpisode) }, (_, i) => i) : [only];

/** A generator that draws only what is refused, or only what is allowed, would find nothing. */
function checkTally(tally) {
  for (const kind of ['list', 'get', 'query', 'create', 'update', 'destroy', 'firstOrCreate', 'updateOrCreate', 'link'])
    for (const status of [200, 403]) assert.ok(tally[`${kind} ${status}`] > 0, `no ${kind} was answered ${status}`);
}

for (const dialect of (process.env.DIALECTS ?? 'sqlite').split(',')) {
  describe(`permissions on ${dialect} are those of the model`, () => {
    let world;
    before(async () => { world = await openServerWorld({ dialect }); });
    after(() => world?.stop());

    for (const seed of seeds) {
      test(`SEED=${seed}`, async (t) => {
        const tally = {};
        for (const episode of episodes) {
          const difference = await runEpisode(world, { seed, episode, to: casesPerEpisode, tally });
          if (difference) assert.fail(describeDifference(await shrink(world, difference)));
        }
        t.diagnostic(`${Object.values(tally).reduce((a, b) => a + b)} cases: ${JSON.stringify(tally)}`);
        if (only === null) checkTally(tally);
      });
    }
  });
}
