// Takes one check after another out of the sources, builds, and runs the model-based test, which must find it:
//   scripts/mutate.sh [number…]     (of mutations.mjs; none: all)
// Works in place and puts each file back as it was, also when it is stopped. MUTATE_BUILD is the command that builds.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { mutations } from './mutations.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const build = process.env.MUTATE_BUILD ?? 'scripts/build.sh release flotilla';

const run = (command, args, env = {}) => spawnSync(command, args, { cwd: root, env: { ...process.env, ...env }, encoding: 'utf8', maxBuffer: 1 << 28 });

/** 'caught', 'missed', or why neither can be said. */
function tryMutation({ file, find, replace }) {
  const path = `${root}/${file}`;
  const source = readFileSync(path, 'utf8');
  if (source.split(find).length !== 2) return `the text to replace is not in ${file} exactly once`;
  const putBack = () => writeFileSync(path, source);
  process.once('exit', putBack);
  try {
    writeFileSync(path, source.replace(find, () => replace));
    const built = run('bash', ['-c', build]);
    if (built.status !== 0) return `does not build: ${(built.stdout + built.stderr).slice(-1500)}`;
    const tested = run(process.execPath, ['--test', 'tests/permissions/model.test.mjs'], { SEED: process.env.SEED ?? '1', DIALECTS: 'sqlite' });
    if (tested.status === 0) return 'missed';
    const found = /SEED=\d+ EPISODE=\d+ CASE=[\d-]+\n[^\n]*/.exec(tested.stdout);
    return found ? `caught: ${found[0].replace(/\s+/g, ' ').slice(0, 160)}` : `the test ended without a difference: ${tested.stdout.slice(-1500)}`;
  } finally {
    putBack();
    process.removeListener('exit', putBack);
  }
}

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
const chosen = process.argv.slice(2).map(Number);
let missed = 0;
mutations.forEach((mutation, i) => {
  if (chosen.length && !chosen.includes(i + 1)) return;
  const verdict = tryMutation(mutation);
  if (!verdict.startsWith('caught')) ++missed;
  console.log(`${i + 1}. ${mutation.name}: ${verdict}`);
});
const rebuilt = run('bash', ['-c', build]);
if (rebuilt.status !== 0) console.log(`the sources as they are do not build: ${rebuilt.stderr.slice(-1500)}`);
process.exit(missed || rebuilt.status ? 1 : 0);
