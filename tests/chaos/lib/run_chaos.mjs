// Runs `flotilla chaos` with a plan.
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { binary } from '../../lib/server.mjs';

/** Answers {code, out, told}. `env` has the credentials unless it is given. */
export async function runChaos(t, folder, plan, args, env = { FLOTILLA_CHAOS_ACCOUNT: 'nocobase', FLOTILLA_CHAOS_PASSWORD: 'admin123' }) {
  const file = join(folder, 'plan.json');
  writeFileSync(file, JSON.stringify(plan));
  const child = spawn(binary, ['chaos', file, ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env.PATH, ...env } });
  t.after(() => child.kill('SIGKILL'));
  let out = '', told = '';
  child.stdout.setEncoding('utf8').on('data', (text) => { out += text; });
  child.stderr.setEncoding('utf8').on('data', (text) => { told += text; });
  const code = await new Promise((done) => child.on('close', done));
  return { code, out, told };
}
