// The units of deploy/systemd: systemd understands them, they are hardened, and the server works within what they allow.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import test from 'node:test';
import { Client } from '../lib/client.mjs';
import { binary, freePort, serverEnv } from '../lib/server.mjs';
import { removeFolder, scratchFolder, startProcess } from '../lib/servers/process.mjs';
import { documentedMs, inRepository, textOf, unknownVariables } from './lib/repository.mjs';
import { allowedCalls, copyForAnyone, placeUnit, settings, unitText, valueOf } from './lib/unit_file.mjs';

const exposureMax = 15; // tenths, of the 100 that systemd-analyze counts
const nobody = 65534;
const units = [['flotilla.service', 'flotilla.service'], ['flotilla@.service', 'flotilla@13001.service']];

function folderOf(t) {
  const folder = scratchFolder('units');
  t.after(() => removeFolder(folder));
  return folder;
}
const analyze = (...args) => spawnSync('systemd-analyze', args, { encoding: 'utf8' });

for (const [file, name] of units) {
  test(`${file}: systemd has nothing to say against it`, (t) => {
    const folder = folderOf(t);
    const { status, stderr } = analyze('verify', '--man=no', placeUnit(folder, file, name, binary));
    assert.equal(status, 0, stderr);
    assert.equal(stderr.includes(name), false, stderr);
    // What it would say when there is something.
    const broken = join(folder, 'broken.service');
    writeFileSync(broken, readFileSync(join(folder, name), 'utf8').replace('ProtectSystem=strict', 'ProtectSystem=stirct'));
    assert.match(analyze('verify', '--man=no', broken).stderr, /stirct/);
  });

  test(`${file}: exposure below ${exposureMax / 10} of 10`, (t) => {
    const folder = folderOf(t);
    const path = placeUnit(folder, file, name, binary);
    const { status, stdout } = analyze('security', '--offline=true', '--no-pager', `--threshold=${exposureMax}`, path);
    assert.equal(status, 0, stdout);
    const soft = placeUnit(join(folder, 'soft'), file, name, binary);
    writeFileSync(soft, readFileSync(soft, 'utf8').replace(/^(SystemCallFilter|CapabilityBoundingSet|PrivateUsers)=.*\n/gm, ''));
    assert.notEqual(analyze('security', '--offline=true', '--no-pager', `--threshold=${exposureMax}`, soft).status, 0);
  });

  test(`${file}: the end is waited for longer than the server takes at most`, () => {
    assert.ok(Number(valueOf(unitText(file), 'TimeoutStopSec')) * 1000 > documentedMs('FLOTILLA_DRAIN_DEADLINE_MS') + 8000);
    assert.equal(valueOf(unitText(file), 'KillMode'), 'mixed');
    assert.equal(valueOf(unitText(file), 'RestartPreventExitStatus'), '2');
  });
}

test('the two units differ in the port and the file of one node only', () => {
  const own = new Set(['Description', 'Environment', 'EnvironmentFile']);
  const [one, several] = units.map(([file]) => settings(unitText(file)).filter(([key]) => !own.has(key)));
  assert.deepEqual(one, several);
});

test('the port of an instance wins over the file of all nodes', (t) => {
  const folder = folderOf(t);
  const text = unitText('flotilla@.service').replaceAll('%i', '13999');
  const [name, port] = valueOf(text, 'Environment').split('=');
  assert.equal(valueOf(text, 'EnvironmentFile'), '-/etc/flotilla/13999.env');
  const file = join(folder, 'flotilla.env');
  writeFileSync(file, textOf('deploy/systemd/flotilla.env'));
  const [, ...args] = valueOf(text, 'ExecStart').replace('/etc/flotilla/flotilla.env', file).replace(' start ', ' doctor ').split(' ');
  const { stdout } = spawnSync(binary, args, { encoding: 'utf8', cwd: folder, env: { PATH: process.env.PATH, [name]: port, STORAGE_PATH: join(folder, 'storage') } });
  assert.match(stdout, /port +127\.0\.0\.1:13999/);
});

test('the example of settings is complete, known and accepted', (t) => {
  const folder = folderOf(t);
  const example = textOf('deploy/systemd/flotilla.env');
  const names = [...example.matchAll(/^#?([A-Z][A-Z0-9_]*)=/gm)].map(([, name]) => name);
  assert.ok(names.length > 15);
  assert.deepEqual(unknownVariables(names), []);
  assert.deepEqual(unknownVariables(['NO_SUCH_VARIABLE']), ['NO_SUCH_VARIABLE']);
  const { status, stdout, stderr } = spawnSync(binary, ['doctor', '--env-file', inRepository('deploy/systemd/flotilla.env')],
    { encoding: 'utf8', cwd: folder, env: { PATH: process.env.PATH, STORAGE_PATH: join(folder, 'storage'), APP_KEY: 'k'.repeat(64), APP_PORT: '13998' } });
  assert.equal(status, 0, stdout + stderr);
  assert.match(stdout, /APP_ENV=production/);
});

/** The server under strace as the units start it: not as root, for which SQLite does more. */
async function traced(t, trace, more) {
  const folder = folderOf(t), port = await freePort(), home = join(folder, 'home'), run = copyForAnyone(binary, folder);
  mkdirSync(home);
  writeFileSync(trace, '');
  const command = ['strace', '-f', '-qq', '-o', trace, run, 'start'];
  if (process.getuid() === 0) {
    chmodSync(folder, 0o755);
    chmodSync(run, 0o755);
    for (const path of [home, trace]) chownSync(path, nobody, nobody);
    command.unshift('setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups');
  }
  const ready = async () => (await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => null))?.status === 200;
  const env = serverEnv(home, port, { LOGGER_TRANSPORT: 'console,dailyRotateFile', ...more });
  return { port, server: await startProcess('flotilla', command[0], command.slice(1), { cwd: home, env, ready }) };
}

for (const [what, more] of [['the server', {}], ['a supervisor and its nodes', { CLUSTER_MODE: '2' }]]) test(`${what} make(s) no system call that the units refuse`, async (t) => {
  const trace = join(scratchFolder('trace'), 'calls');
  t.after(() => removeFolder(dirname(trace)));
  chmodSync(dirname(trace), 0o755);
  const { port, server } = await traced(t, trace, more);
  const client = new Client(`http://127.0.0.1:${port}`);
  await client.signIn();
  await client.data('POST', '/api/collections:create', { name: 'notes', fields: [{ name: 'text', type: 'string' }] });
  await client.data('POST', '/api/notes:create', { text: 'one' });
  assert.equal((await client.get('/api/notes:list')).body.meta.count, 1);
  await server.stop();

  const made = new Set([...readFileSync(trace, 'utf8').matchAll(/^\d+ +([a-z_0-9]+)\(/gm)].map(([, call]) => call));
  assert.ok(made.has('epoll_wait') && made.has('bind') && made.size > 30, [...made].join(' '));
  const allowed = allowedCalls(unitText('flotilla.service'));
  assert.equal(allowed.has('mount') || allowed.has('ptrace') || allowed.has('chown'), false);
  assert.deepEqual([...made].filter((call) => !allowed.has(call)), []);
});
