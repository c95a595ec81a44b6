// Whom `flotilla chaos` touches, and what it leaves behind. One node, nothing in between.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { Client } from '../lib/client.mjs';
import { startServer } from '../lib/server.mjs';
import { removeFolder, scratchFolder } from '../lib/servers/process.mjs';
import { runChaos } from './lib/run_chaos.mjs';

async function staging(t) {
  const folder = scratchFolder('chaos-command');
  const server = await startServer();
  t.after(async () => { await server.stop(); removeFolder(folder); });
  const root = new Client(server.url);
  await root.signIn();
  const plan = {
    name: 'staging', url: server.url, nodes: [{ name: 'only', url: server.url }], seconds: 1, clients: 4, requestsPerSecond: 100, pauseMs: 300,
    faults: [{ name: 'nothing at all', allows: 'nothing', do: 'true' }],
  };
  const collections = async () => (await root.data('GET', '/api/collections:list?paginate=false')).map(({ name }) => name).sort();
  return { folder, server, root, plan, collections };
}

test('it touches no fleet by mistake', async (t) => {
  const { folder, root, plan, collections, server } = await staging(t);
  const before = await collections();
  const other = await startServer();
  t.after(() => other.stop());
  for (const [what, changed, args, env, said] of [
    ['nobody confirms', {}, [], undefined, /nobody is there to confirm: --yes-break staging does/],
    ['another name', {}, ['--yes-break', 'stagnig'], undefined, /--yes-break stagnig: the plan is about "staging"/],
    ['production', { name: 'our-prod' }, ['--yes-break', 'our-prod'], undefined, /looks like one that people work with: its name is "our-prod"/],
    ['no password', {}, ['--yes-break', 'staging'], { FLOTILLA_CHAOS_ACCOUNT: 'nocobase' }, /FLOTILLA_CHAOS_PASSWORD: is not set/],
    ['a node of another fleet', { nodes: [...plan.nodes, { name: 'other', url: other.url }] }, ['--yes-break', 'staging'], undefined, /a node of the plan is not one of it/],
    ['a node twice', { nodes: [...plan.nodes, { name: 'again', url: server.url }] }, ['--yes-break', 'staging'], undefined, /node "again" at \S+ is in the plan twice/],
    ['a node that is not named', { url: other.url, nodes: plan.nodes }, ['--yes-break', 'staging'], undefined, /has a node that the plan does not name/],
    ['a plan that is wrong', { clients: 0 }, ['--yes-break', 'staging'], undefined, /plan\.json: clients: takes a whole number/],
  ]) {
    const { code, out, told } = await runChaos(t, folder, { ...plan, ...changed }, args, env);
    assert.equal(code, 2, `${what}: ${told}`);
    assert.equal(out, '', what);
    assert.match(told, said, what);
  }
  assert.deepEqual(await collections(), before);
  assert.deepEqual(await root.data('GET', '/api/fleet:drillJobs?name=chaos'), []);
});

test('it says what it does, keeps a history, and leaves nothing behind', async (t) => {
  const { folder, root, plan, collections, server } = await staging(t);
  const before = await collections();
  const { code, out, told } = await runChaos(t, folder, plan, ['--yes-break', 'staging', '--seed', '7', '--history', join(folder, 'history')]);
  assert.equal(code, 0, `${out}\n${told}`);
  assert.ok(told.includes(`breaks the fleet "staging" at ${server.url} on purpose`), told);
  assert.match(told, /nothing at all \(may fail: nothing\)\n {4}do {4}true/);
  assert.match(out, /^fault +may fail +times +requests/);
  assert.match(out, /seed 7: \d+ writes acknowledged, 0 requests failed/);
  assert.match(out, /every promise was kept\n$/);
  const history = readFileSync(join(folder, 'history'), 'utf8').trim().split('\n').map((line) => JSON.parse(line));
  for (const kind of ['create', 'update', 'get', 'publish']) assert.ok(history.some(({ request, outcome }) => request === kind && outcome === 'done'), kind);
  assert.ok(history.some((line) => line.look === 0 && line.status === 200 && line.id));
  assert.ok(history.some((line) => line.fault === 0));
  assert.deepEqual(await collections(), before);
  const { body } = await root.get('/api/fleet:nodes');
  const answered = new Set(history.filter(({ node }) => node).map(({ node }) => node));
  assert.deepEqual([...answered], [body.data[0].id], 'answers name the node that gave them');
});

test('a command that fails is a broken fleet', async (t) => {
  const { folder, plan, collections } = await staging(t);
  const before = await collections();
  const faults = [{ name: 'a slip', allows: 'nothing', do: 'echo no such node >&2; exit 4' }];
  const { code, out } = await runChaos(t, folder, { ...plan, faults }, ['--yes-break', 'staging']);
  assert.equal(code, 1);
  assert.match(out, /BROKEN {2}broken fleet: a slip: do: exit code 4: no such node/);
  assert.deepEqual(await collections(), before);
});
