// A setting that cannot be used stops `start`: exit code not 0, and standard error says which variable, what it got and
// what it takes.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { binary, freePort, serverEnv } from '../lib/server.mjs';

async function start(t, env) {
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-settings-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const done = spawnSync(binary, ['start'], { cwd: folder, encoding: 'utf8', timeout: 20_000, env: serverEnv(folder, await freePort(), env) });
  assert.equal(done.signal, null, `${JSON.stringify(env)} did not stop the start`);
  return { code: done.status, error: done.stderr, made: readdirSync(folder) };
}

for (const [name, value, takes] of [
  ['APP_PORT', 'abc', /1 to 65535/],
  ['APP_PORT', '70000', /1 to 65535/],
  ['APP_PORT', '-1', /1 to 65535/],
  ['DB_DIALECT', 'oracle', /sqlite/],
  ['REQUEST_BODY_LIMIT', 'ten', /takes.*(size|kb|mb)/],
  ['REQUEST_BODY_LIMIT', '-5mb', /takes/],
  ['FLOTILLA_HTTP_IDLE_TIMEOUT_MS', 'soon', /takes/],
  ['FLOTILLA_HTTP_HEADER_BYTES_MAX', '1', /takes/],
  ['FLOTILLA_HTTP_CONNECTIONS_MAX', '0', /takes/],
  ['FLOTILLA_THREADS', '-2', /takes/],
  ['FLOTILLA_SQLITE_SYNCHRONOUS', 'off', /full.*normal|normal.*full/],
  ['JWT_EXPIRES_IN', 'a week', /takes/],
  ['LOGGER_LEVEL', 'loud', /info/],
  ['LOGGER_FORMAT', 'xml', /json/],
  ['DB_TABLE_PREFIX', 'a-b', /letters/],
  ['DB_TIMEZONE', 'Mars', /takes/],
]) {
  test(`${name}=${value}`, async (t) => {
    const { code, error, made } = await start(t, { [name]: value });
    assert.notEqual(code, 0);
    assert.match(error, /^flotilla: [^\n]+\n$/, 'one line');
    assert.ok(error.includes(name), error);
    assert.ok(error.includes(value), `what it got: ${error}`);
    assert.match(error, takes, error);
    assert.deepEqual(made, [], 'something was made all the same');
  });
}

test('settings that ask for what this version cannot do are refused, not ignored', async (t) => {
  for (const [name, value] of [['CLUSTER_MODE', 'many'], ['APP_MODE', 'supervisor'], ['DB_DIALECT', 'postgres'], ['TELEMETRY_ENABLED', 'on']]) {
    const { code, error } = await start(t, { [name]: value });
    assert.notEqual(code, 0, name);
    assert.ok(error.includes(name), error);
  }
});
test('a secret is not repeated in the error', async (t) => {
  const { code, error } = await start(t, { REDIS_URL: 'http://user:hunter2@127.0.0.1' });
  assert.notEqual(code, 0);
  assert.doesNotMatch(error, /hunter2/);
});
