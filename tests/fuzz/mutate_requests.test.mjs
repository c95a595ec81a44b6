// Mutated requests against a running server: it neither crashes nor hangs, every whole request is answered, a 500 says
// by which id the log knows it, and the server starts again on whatever the requests have written.
//   FLOTILLA_FUZZ_COUNT=10000 SEED=… FLOTILLA_BIN=build/asan/flotilla node --test tests/fuzz/mutate_requests.test.mjs
// FLOTILLA_FUZZ_FIRST=n begins with mutation n, FLOTILLA_FUZZ_STRICT=1 lets every 500 fail.
import assert from 'node:assert/strict';
import test from 'node:test';
import { send } from '../lib/http.mjs';
import { chosenSeed, countOf } from '../lib/random.mjs';
import { deliver } from './deliver.mjs';
import { planRequest } from './plan.mjs';
import { finding, groupErrors, roundSize, statusTable } from './report.mjs';
import { openWorld } from './world.mjs';

const count = countOf('FLOTILLA_FUZZ_COUNT', 10_000);
const first = countOf('FLOTILLA_FUZZ_FIRST', 0);
const strict = process.env.FLOTILLA_FUZZ_STRICT === '1';
const seed = chosenSeed();
const workers = 4;
const faultsMax = 20;
const sanitizerReport = /(ERROR: \w+Sanitizer|WARNING: ThreadSanitizer|runtime error:)[^\n]*/;

const counts = {}, faults = [], errors = [];
let sent = 0;

function note(plan, result) {
  ++sent;
  counts[plan.kind] ??= {};
  for (const status of result.statuses) counts[plan.kind][status] = (counts[plan.kind][status] ?? 0) + 1;
  for (const error of result.errors) errors.push({ plan, error });
  if (result.fault) faults.push({ plan, fault: result.fault });
}

/** Fails with what is needed to look into a crash: the last requests and the log. */
function assertSound(server, recent, when) {
  const log = server.logs();
  const report = sanitizerReport.exec(log);
  const end = server.ended();
  if (!report && (!end || end.code === 0)) return;
  console.log(`the last requests, the latest at the end:\n${recent.map((plan) => finding(seed, plan, 'sent')).join('\n')}`);
  console.log(log.slice(report ? report.index : -8000).slice(0, 12_000));
  assert.fail(`${when}: ${report ? report[0] : `the server crashed: ${JSON.stringify(end)}`}`);
}

async function round(world, from, to) {
  const server = await world.restore();
  const recent = [];
  let next = from;
  const work = async () => {
    while (next < to && server.alive() && faults.length < faultsMax) {
      const plan = planRequest(seed, next++, world.seeds);
      recent.push(plan);
      if (recent.length > 3 * workers) recent.shift();
      note(plan, await deliver(server.port, plan));
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
  assertSound(server, recent, 'after a round');
  for (const path of ['/api/__health_check', '/readyz']) assert.equal((await send(server.url, { path, agent: null })).status, 200, path);
  await server.kill('SIGTERM');
  assertSound(server, recent, 'at the end of a round');
  const log = server.logs();
  // Healthy on what the round has written; what it writes from here on is thrown away.
  const again = await world.resume();
  assert.equal(sanitizerReport.exec(again.logs())?.[0], undefined, 'a sanitizer reported on the data of a round');
  await again.kill('SIGKILL');
  return log;
}

test(`${count} mutated requests`, async (t) => {
  console.log(`SEED=${seed} FLOTILLA_FUZZ_FIRST=${first} FLOTILLA_FUZZ_COUNT=${count}`);
  const world = await openWorld();
  t.after(() => world.close());
  assert.ok(world.seeds.length > 500, `${world.seeds.length} seeds`);
  const began = performance.now();
  let log = '';
  try {
    for (let from = first; from < first + count && faults.length < faultsMax;) {
      const to = Math.min(first + count, from - (from % roundSize) + roundSize);
      log += await round(world, from, to);
      from = to;
    }
  } finally {
    console.log(statusTable(counts));
    console.log(`${sent} requests in ${((performance.now() - began) / 1000).toFixed(1)} s`);
    for (const group of groupErrors(errors, log).slice(0, 40)) console.log(finding(seed, group.plan, `500, ${group.count} of this kind: ${group.reason}`));
  }
  assert.equal(faults.length, 0, faults.map(({ plan, fault }) => finding(seed, plan, fault)).join('\n'));
  assert.equal(sent, count);
  const good = Object.values(counts).reduce((sum, by) => sum + (by[200] ?? 0), 0);
  assert.ok(count < 1000 || good > count / 20, `only ${good} requests got through to an answer with 200: the mutations are too coarse`);
  if (strict) assert.equal(errors.length, 0, `${errors.length} answers with 500`);
});
