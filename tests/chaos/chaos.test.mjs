// `flotilla chaos` against a whole fleet: everything breaks once at least, and every promise is kept. Then a fleet that does not
// drain, which the rig must notice.   CHAOS_SECONDS=120 (600 is the full size), SEED
import assert from 'node:assert/strict';
import { join } from 'node:path';
import test from 'node:test';
import { until } from '../fleet/fleet.mjs';
import { Client } from '../lib/client.mjs';
import { chosenSeed, countOf } from '../lib/random.mjs';
import { binary } from '../lib/server.mjs';
import { removeFolder, scratchFolder } from '../lib/servers/process.mjs';
import { startFleet } from './lib/fleet.mjs';
import { runChaos } from './lib/run_chaos.mjs';
import { makeNextVersion, versionOf } from './lib/version.mjs';

const seconds = countOf('CHAOS_SECONDS', 120);
const seed = chosenSeed();
// A node listens before it is ready. nginx does not ask for readiness, and what a starting node refuses it may not send again
// when it is a POST: until all nodes are ready requests may fail. What is acknowledged is kept all the same.
const restart = 'meanwhile';

/** Runs the command against the fleet; answers {code, report, told}. */
async function chaos(t, fleet, plan, folder) {
  const { code, out, told } = await runChaos(t, folder, { name: 'here', url: fleet.url, nodes: fleet.nodes, ...plan }, ['--yes-break', 'here', '--seed', String(seed), '--json']);
  if (!out) throw new Error(`it ended with ${code}:\n${told}`);
  return { code, told, report: JSON.parse(out) };
}

function show(t, report) {
  t.diagnostic(`seed ${report.seed}, ${report.seconds} s: ${report.acknowledged} writes acknowledged, ${report.failed} requests failed, ${report.jobs} jobs (${report.redelivered} delivered again), ${report.firings} due times`);
  for (const one of report.faults)
    t.diagnostic(`${one.fault} (may fail: ${one.allows}): ${one.times} times, ${one.requests} requests, ${one.failed} failed, slowest ${one.slowestMs} ms, ready after ${one.readyAfterMs} ms`);
}

test('a fleet in production, while everything breaks', async (t) => {
  const folder = scratchFolder('chaos-plan');
  t.after(() => removeFolder(folder));
  const upgraded = join(folder, 'flotilla-next');
  const versions = [versionOf(binary), makeNextVersion(binary, upgraded)];
  const fleet = await startFleet(t, { programs: [binary, upgraded] });
  const door = (what) => `curl -fsS --max-time 90 ${fleet.door}/${what}`;
  const root = new Client(fleet.url);
  await root.signIn();
  const collections = async () => (await root.data('GET', '/api/collections:list?paginate=false')).map(({ name }) => name).sort();
  const before = await collections();

  await t.test(`${seconds} seconds and more of faults: every promise is kept`, async (t) => {
    const { code, report, told } = await chaos(t, fleet, {
      seconds, clients: 12, requestsPerSecond: 150, commandTimeoutMs: 100_000,
      faults: [
        { name: 'kill -9 of a node', allows: restart, do: door('kill'), holdMs: 2_000, undo: door('start'), weight: 3 },
        { name: 'SIGSTOP of a node for 10 s', allows: 'meanwhile', do: door('pause'), holdMs: 10_000, undo: door('resume') },
        { name: 'SIGTERM of a node', allows: restart, do: door('term'), holdMs: 1_000, undo: door('start'), weight: 3 },
        { name: 'rolling upgrade', allows: restart, do: door('upgrade') },
        { name: 'PostgreSQL killed and started', allows: 'meanwhile', do: door('restart/postgres') },
        { name: 'Redis killed and started', allows: 'meanwhile', do: door('restart/redis') },
        { name: 'RabbitMQ killed and started', allows: 'meanwhile', do: door('restart/rabbitmq') },
        { name: 'links to PostgreSQL cut', allows: 'meanwhile', do: door('cut/postgres') },
        { name: 'links to Redis cut', allows: 'meanwhile', do: door('cut/redis') },
        { name: 'links to RabbitMQ cut', allows: 'meanwhile', do: door('cut/rabbitmq') },
        { name: 'links to Redis silent for 3 s', allows: 'meanwhile', do: door('hold/redis'), holdMs: 3_000, undo: door('release/redis') },
      ],
    }, folder);
    show(t, report);
    assert.deepEqual(report.violations.slice(0, 20), [], `${report.violations.length} broken promises\n${told}\n${fleet.logs()}`);
    assert.equal(report.leftBehind, '');
    assert.equal(code, 0, told);
    for (const one of report.faults) assert.ok(one.times > 0, `${one.fault} did not happen`);
    assert.ok(report.acknowledged > seconds * 10, `${report.acknowledged} writes`);
    assert.ok(report.jobs > seconds, `${report.jobs} jobs`);
    assert.ok(report.firings > seconds / 4, `${report.firings} due times`);
    assert.deepEqual(await collections(), before, 'collections that were there before, and no others');
    const upgrades = report.faults.find(({ fault }) => fault === 'rolling upgrade').times;
    // Those that were killed are listed until they have been silent for some time.
    let running;
    await until('nobody but the three is listed', async () => (running = (await root.data('GET', '/api/fleet:nodes')).map(({ version }) => version)).length <= 3);
    assert.deepEqual(running, fleet.nodes.map(() => versions[upgrades % 2]), 'an upgrade reaches every node');
  });

  await t.test('negative control: a drain that is a kill is noticed', async (t) => {
    const { code, report } = await chaos(t, fleet, {
      seconds: 10, clients: 24, requestsPerSecond: 5_000, pauseMs: 500,
      faults: [{ name: 'SIGTERM, it says', allows: 'nothing', do: door('kill'), holdMs: 200, undo: door('start') }],
    }, folder);
    show(t, report);
    assert.equal(code, 1);
    assert.ok(report.violations.some(({ kind }) => kind === 'failed'), 'requests failed, and nobody has noticed');
    assert.deepEqual(report.violations.filter(({ kind }) => kind !== 'failed'), []);
    assert.deepEqual(await collections(), before);
  });
});
