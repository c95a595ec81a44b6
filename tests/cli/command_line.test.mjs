// The program as a person at a terminal meets it: arguments, settings, exit codes, one line of error.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { binary, freePort, startServer } from '../lib/server.mjs';

function folder(t) {
  const path = mkdtempSync(join(tmpdir(), 'flotilla-cli-'));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

function flotilla(args, { cwd = tmpdir(), env = {} } = {}) {
  const done = spawnSync(binary, args, { cwd, encoding: 'utf8', timeout: 30_000, env: { PATH: process.env.PATH, HOME: cwd, ...env } });
  assert.equal(done.signal, null, done.stderr);
  return { code: done.status, out: done.stdout, error: done.stderr };
}

test('version names version and compiler', () => {
  const { code, out } = flotilla(['version']);
  assert.equal(code, 0);
  assert.match(out, /^flotilla \d+\.\d+\.\d+\nbuilt with clang 19/);
  assert.equal(flotilla(['--version']).out, out);
});

test('help lists every command', () => {
  const { code, out } = flotilla(['--help']);
  assert.equal(code, 0);
  for (const word of ['start', 'install', 'migrate', 'doctor', 'chaos', 'reload', 'upgrade-binary', 'status', 'version', '--env-file']) assert.ok(out.includes(word), word);
});

test('wrong arguments: one line, exit code 2', () => {
  for (const [args, text] of [
    [[], 'needs a command'],
    [['fly'], 'no such command: fly'],
    [['doctor', '--jsn'], '--jsn'],
    [['chaos'], 'needs a plan'],
    [['chaos', 'none.json'], 'none.json: cannot be read'],
    [['start', 'now'], 'now'],
    [['--env-file'], '--env-file'],
  ]) {
    const { code, out, error } = flotilla(args);
    assert.equal(code, 2, args.join(' '));
    assert.equal(out, '');
    assert.match(error, /^flotilla: [^\n]+\n$/);
    assert.ok(error.includes(text), error);
  }
});

test('wrong settings: one line that names the variable, exit code 2, nothing made', (t) => {
  const cwd = folder(t);
  for (const [env, line] of [
    [{ APP_PORT: 'abc' }, 'flotilla: APP_PORT: got "abc", takes a port from 1 to 65535\n'],
    [{ DB_DIALECT: 'postgres' }, 'flotilla: DB_DATABASE: is not set, and DB_DIALECT=postgres needs it\n'],
    [{ QUEUE_ADAPTER: 'redis' }, 'flotilla: QUEUE_ADAPTER_REDIS_URL: is missing: QUEUE_ADAPTER=redis needs it, or REDIS_URL\n'],
  ]) {
    for (const command of ['start', 'install']) assert.deepEqual(flotilla([command], { cwd, env }), { code: 2, out: '', error: line });
  }
  assert.deepEqual(readdirSync(cwd), []);
});

test('settings come from .env, from a named file, and from the environment above both', (t) => {
  const cwd = folder(t);
  writeFileSync(join(cwd, '.env'), 'APP_PORT=in-dotenv\n');
  writeFileSync(join(cwd, 'other.env'), 'export APP_PORT="in-other"\n');
  assert.match(flotilla(['start'], { cwd }).error, /got "in-dotenv"/);
  assert.match(flotilla(['start', '--env-file', 'other.env'], { cwd }).error, /got "in-other"/);
  assert.match(flotilla(['--env-file', 'other.env', 'start'], { cwd, env: { APP_PORT: 'real' } }).error, /got "real"/);
  const missing = flotilla(['start', '--env-file', 'none.env'], { cwd });
  assert.deepEqual([missing.code, missing.error], [2, 'flotilla: none.env: cannot be read\n']);
  writeFileSync(join(cwd, '.env'), '# fine\nnonsense\n');
  assert.match(flotilla(['start'], { cwd }).error, /^flotilla: \.env line 2: takes NAME=value/);
});

test('install makes the database and ends; twice is no harm', (t) => {
  const cwd = folder(t);
  for (let time = 0; time < 2; ++time) {
    const { code, error } = flotilla(['install'], { cwd });
    assert.deepEqual([code, error], [0, '']);
    assert.ok(existsSync(join(cwd, 'storage/db/nocobase.sqlite')));
  }
});

test('doctor on an empty folder changes nothing', async (t) => {
  const cwd = folder(t);
  const { code, out } = flotilla(['doctor', '--json'], { cwd, env: { APP_PORT: String(await freePort()), APP_HOST: '127.0.0.1' } });
  const report = JSON.parse(out);
  assert.deepEqual([code, report.healthy], [0, true], out);
  assert.deepEqual(report.checks.map((check) => check.name), ['settings', 'storage', 'port', 'secret', 'first user', 'clock', 'open files', 'database', 'nodes']);
  assert.deepEqual(readdirSync(cwd), []);
});

test('doctor says what is wrong and shows no secret', (t) => {
  const cwd = folder(t);
  let report = flotilla(['doctor'], { cwd, env: { APP_PORT: 'abc' } });
  assert.equal(report.code, 1);
  assert.match(report.out, /^failed\s+settings\s+APP_PORT: got "abc"/);
  writeFileSync(join(cwd, 'data'), 'this is no database');
  report = flotilla(['doctor'], { cwd, env: { DB_STORAGE: 'data', APP_KEY: 'hunter2' } });
  assert.equal(report.code, 1);
  assert.match(report.out, /failed\s+database\s+.*data is not a SQLite database/);
  assert.match(report.out, /warning\s+secret\s+APP_KEY is shorter/);
  assert.ok(!report.out.includes('hunter2'));
});

test('doctor beside a running server', async (t) => {
  const server = await startServer();
  t.after(() => server.stop());
  const { code, out } = flotilla(['doctor'], { cwd: server.folder, env: server.env });
  assert.equal(code, 0, out);
  assert.match(out, /ok\s+port\s+.*a running server that says it is healthy/);
  assert.match(out, /ok\s+database\s+.*quick check ok/);
});

test('a port that is taken: one line, and the log knows the reason', async (t) => {
  const server = await startServer();
  t.after(() => server.stop());
  const second = flotilla(['start'], { cwd: folder(t), env: { APP_PORT: String(server.port), APP_HOST: '127.0.0.1' } });
  assert.equal(second.code, 1);
  assert.match(second.error, new RegExp(`^flotilla: [^\\n]*${server.port}[^\\n]*\\n$`));
});

test('SIGTERM ends the server with 0, its log is complete and holds no token', async (t) => {
  const server = await startServer({ folder: folder(t), env: { APP_ENV: 'production' } });
  await fetch(`${server.url}/api/users:list?token=very-secret-token`);
  const how = await server.kill('SIGTERM');
  assert.deepEqual(how, { code: 0, signal: null });
  const lines = server.logs().trim().split('\n').map((line) => JSON.parse(line));
  assert.ok(lines.some((line) => line.message === 'listening' && line.port === server.port));
  assert.ok(lines.some((line) => line.message === 'stopping'));
  assert.ok(!server.logs().includes('very-secret-token'));
  const files = readdirSync(join(server.env.STORAGE_PATH, 'logs/main'));
  assert.equal(files.length, 1);
  assert.equal(readFileSync(join(server.env.STORAGE_PATH, 'logs/main', files[0]), 'utf8'), server.logs());
});
