// Nodes are replaced under load: reload, another version of the program, and programs that do not work.
import assert from 'node:assert/strict';
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { until } from '../fleet/fleet.mjs';
import { binary, sleep } from '../lib/server.mjs';
import { missing, prepare, startLoad } from './load.mjs';
import { allServe, dialects, nextBinary, pidsOf, run, startSupervised, statusOf } from './supervised.mjs';

/** The program at a path of its own, where another can take its place as a package manager would put it. */
function installed(t) {
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-bin-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const program = join(folder, 'flotilla');
  copyFileSync(binary, program);
  return {
    program,
    replace(how) {
      const fresh = join(folder, 'new');
      how(fresh);
      chmodSync(fresh, 0o755);
      renameSync(fresh, program);
    },
  };
}

/** Under load while `act` runs and for some time after; no request may fail and nothing acknowledged be lost. */
async function underLoad(t, server, act) {
  const client = await prepare(server);
  await until('all serve', async () => allServe(await statusOf(server), 2));
  const load = startLoad(t, server.port, client.token);
  await until('under load', async () => load.answered() > 300, 60_000);
  const result = await act();
  const answered = load.answered();
  await until('the load goes on', async () => load.answered() > answered + 300, 60_000);
  const { failures, acknowledged } = await load.stop();
  assert.deepEqual(failures, []);
  assert.deepEqual(await missing(client, acknowledged), []);
  return result;
}

for (const dialect of dialects) {
  test(`${dialect}: a reload replaces all nodes and no request fails`, async (t) => {
    const server = await startSupervised(t, { dialect });
    const before = pidsOf(await statusOf(server));
    const { code, out, error } = await underLoad(t, server, () => run(server, 'reload'));
    assert.equal(code, 0, error);
    assert.match(out, /replacing 2 nodes one by one[\s\S]*node 1 is ready[\s\S]*node 2 is ready[\s\S]*2 nodes replaced/);
    const after = await statusOf(server);
    assert.ok(allServe(after, 2));
    assert.deepEqual(pidsOf(after).filter((pid) => before.includes(pid)), []);
    assert.equal(after.supervisor.pid, server.pid);
  });

  test(`${dialect}: another version takes the place of nodes and supervisor, and no request fails`, async (t) => {
    const { program, replace } = installed(t);
    const server = await startSupervised(t, { dialect, program });
    const first = (await statusOf(server)).supervisor.version;
    const { code, out, error } = await underLoad(t, server, () => {
      replace((fresh) => copyFileSync(nextBinary, fresh));
      return run(server, 'upgrade-binary');
    });
    assert.equal(code, 0, error);
    assert.match(out, /2 nodes and the supervisor run version 0\.1\.1/);
    const after = await statusOf(server);
    assert.notEqual(first, '0.1.1');
    assert.deepEqual([after.supervisor, ...after.nodes].map((it) => it.version), ['0.1.1', '0.1.1', '0.1.1']);
    assert.equal(after.supervisor.pid, server.pid, 'it is the same process');
    // What it took over it can do again: restart, reload, stop.
    process.kill(after.nodes[0].pid, 'SIGKILL');
    await until('it is back', async () => { const now = await statusOf(server); return allServe(now, 2) && !pidsOf(now).includes(after.nodes[0].pid); });
    assert.equal((await run(server, 'reload')).code, 0);
    assert.ok((await statusOf(server)).nodes.every((node) => node.version === '0.1.1'));
    assert.deepEqual(await server.kill('SIGTERM'), { code: 0, signal: null });
  });
}

test('SIGHUP is a reload', async (t) => {
  const server = await startSupervised(t);
  await until('all serve', async () => allServe(await statusOf(server), 2));
  const before = pidsOf(await statusOf(server));
  process.kill(server.pid, 'SIGHUP');
  await until('all are new', async () => { const now = await statusOf(server); return allServe(now, 2) && pidsOf(now).every((pid) => !before.includes(pid)); }, 60_000);
});

const broken = {
  'a program that fails': (fresh) => copyFileSync('/bin/false', fresh),
  'a file that is no program': (fresh) => writeFileSync(fresh, 'not a program'),
  'a program that never gets ready': (fresh) => copyFileSync('/bin/cat', fresh),
};
for (const [name, how] of Object.entries(broken)) {
  test(`${name} is not taken: the old nodes go on, and it is said`, async (t) => {
    const { program, replace } = installed(t);
    const server = await startSupervised(t, { program, env: { FLOTILLA_READY_DEADLINE_MS: '3000' } });
    const before = pidsOf(await statusOf(server));
    const { code, error } = await underLoad(t, server, () => {
      replace(how);
      return run(server, 'upgrade-binary');
    });
    assert.equal(code, 1);
    assert.match(error, /flotilla: the new node 1 .*; the old one goes on serving/);
    assert.deepEqual(pidsOf(await statusOf(server)), before);
    // Nor does a crash let it in: what is started again is what ran.
    process.kill(before[0], 'SIGKILL');
    await until('it is back', async () => { const now = await statusOf(server); return allServe(now, 2) && !pidsOf(now).includes(before[0]); });
  });
}

test('a program that fails at the second node is taken back from the first', async (t) => {
  const { program, replace } = installed(t);
  const server = await startSupervised(t, { program, env: { FLOTILLA_READY_DEADLINE_MS: '10000' } });
  const { code, error } = await underLoad(t, server, async () => {
    // The new version, but its second node dies before it is ready: its environment file has changed meanwhile.
    replace((fresh) => copyFileSync(nextBinary, fresh));
    const { supervisor, nodes } = await statusOf(server);
    const seen = new Set(nodes.map((node) => node.pid));
    const upgrade = run(server, 'upgrade-binary');
    // A start takes some 50 ms: who asks the supervisor may come too late.
    const children = () => readFileSync(`/proc/${supervisor.pid}/task/${supervisor.pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
    for (const giveUp = Date.now() + 60_000; ;) {
      const fresh = children().find((pid) => !seen.has(pid));
      if (fresh && seen.size > nodes.length) { process.kill(fresh, 'SIGKILL'); break; }
      if (fresh) seen.add(fresh);
      assert.ok(Date.now() < giveUp, 'the second was never started');
      await sleep(1);
    }
    return upgrade;
  });
  assert.equal(code, 1);
  assert.match(error, /the new node 2 was ended by signal 9; the nodes that had been replaced run the old version again/);
  const { supervisor, nodes } = await statusOf(server);
  assert.ok([supervisor, ...nodes].every((it) => it.version !== '0.1.1'), JSON.stringify(nodes));
});
