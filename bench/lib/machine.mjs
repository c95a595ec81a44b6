// What the figures were measured on.
import {readFileSync} from 'node:fs';
import {availableParallelism, cpus, release, totalmem} from 'node:os';
import {run} from './children.mjs';

const firstLine = text => text.trim().split('\n')[0];

async function version(command, args) {
  try { return firstLine(await run(command, args)); } catch (error) { return firstLine(error.message); }
}

export async function machine(server) {
  let system = '';
  try { system = /^PRETTY_NAME="?(.*?)"?$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? ''; } catch { /* not a Linux with one */ }
  // Both speak on standard error, and wrk ends with 1 when asked for its version: the text is what counts.
  const wrkVersion = /wrk \S*\d\S*/.exec(await run('sh', ['-c', 'wrk -v 2>&1 || true']))?.[0] ?? 'wrk ?';
  const nginxVersion = /nginx\/[\d.]+/.exec(await run('sh', ['-c', 'nginx -v 2>&1 || true']))?.[0] ?? 'nginx ?';
  return {
    cpu: cpus()[0]?.model?.trim() || 'unknown', cores: availableParallelism(), memoryGib: totalmem() / 2 ** 30, system, kernel: release(),
    server: server ? await version(server, ['--version']) : 'none', wrk: wrkVersion, nginx: nginxVersion, node: process.version,
  };
}
