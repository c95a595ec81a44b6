// Runs the contract tests of the cluster's interfaces against every adapter, with real servers beside them.
//   node tests/contract/run.mjs [contract…] [--filter=GTEST_FILTER]     FLOTILLA_BUILD (build/release)
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startServers, starters } from '../lib/with_servers.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const build = resolve(process.env.FLOTILLA_BUILD ?? join(here, '../../build/release'), 'tests');
const suffix = '_contract_test.cpp';
const known = readdirSync(here).filter((name) => name.endsWith(suffix)).map((name) => name.slice(0, -suffix.length)).sort();

const filter = process.argv.find((arg) => arg.startsWith('--filter='))?.slice('--filter='.length);
const asked = process.argv.slice(2).filter((arg) => !arg.startsWith('--'));
const wrong = asked.filter((name) => !known.includes(name));
if (wrong.length) throw new Error(`no such contract: ${wrong.join(', ')} (takes ${known.join(', ')})`);

const servers = await startServers(Object.keys(starters));
let passed = 0, failed = 0;
for (const name of asked.length ? asked : known) {
  const { stdout, stderr, status, signal } = spawnSync(join(build, `contract_${name}`), filter ? [`--gtest_filter=${filter}`] : [], {
    env: { ...process.env, ...servers.env }, encoding: 'utf8', maxBuffer: 1 << 28, timeout: 600_000,
  });
  const count = (pattern) => Number(stdout?.match(pattern)?.[1] ?? 0);
  const good = count(/\[ {2}PASSED {2}\] (\d+) tests?/), bad = count(/\[ {2}FAILED {2}\] (\d+) tests?, listed/);
  passed += good;
  failed += bad;
  // A crash, a time-out or a binary that is not there is a failure by itself; so is a contract that tested nothing.
  const broken = (status !== 0 && bad === 0) || (good === 0 && !filter);
  if (broken) ++failed;
  console.log(`${name}: ${good} passed, ${bad} failed${broken ? ` (ended with ${signal ?? status})` : ''}`);
  if (bad || broken) console.log(stdout, stderr);
}
await servers.stop();
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
