// A supervisor with its nodes on one port, as `CLUSTER_MODE=N flotilla start` runs them.
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startDatabase } from '../lib/databases.mjs';
import { binary, startServer } from '../lib/server.mjs';

export const nextBinary = join(binary, '../flotilla_next');
export const dialects = ['sqlite', 'postgres'];

/** A machine that is busy with other things must not make a node refuse requests: here that would be a failure. */
export const notBehind = { FLOTILLA_OVERLOAD: 'false' };

/** Starts it on a database of its own; both end with the test. */
export async function startSupervised(t, { dialect = 'sqlite', processes = 2, env = {}, program = binary, ...more } = {}) {
  const database = await startDatabase(dialect);
  const made = {};
  // A server without its database takes its time to end.
  t.after(async () => {
    await made.server?.again?.stop();
    await made.server?.stop();
    await database.stop();
  });
  made.server = await startServer({ env: { CLUSTER_MODE: String(processes), ...notBehind, ...database.env, ...env }, binary: program, ...more });
  return made.server;
}

/** Runs a command of the program against the supervisor of `server`: {code, out, error}. */
export function run(server, command, program = binary) {
  return new Promise((done) => {
    execFile(program, [command], { cwd: server.folder, env: server.env, timeout: 120_000 }, (failure, out, error) =>
      done({ code: failure ? failure.code : 0, out, error }));
  });
}

/** What `flotilla status` says: {supervisor: {pid, version}, nodes: [{slot, pid, state, version}]}. */
export async function statusOf(server) {
  const { code, out, error } = await run(server, 'status');
  if (code !== 0) throw new Error(`status: ${error}`);
  const [, pid, version] = /^supervisor (\d+) version (\S+?)(;|\n)/.exec(out);
  const nodes = [...out.matchAll(/; node (\d+) pid (\d+) (\w+)(?: version ([^;\s]+))?/g)]
    .map(([, slot, nodePid, state, nodeVersion]) => ({ slot: Number(slot), pid: Number(nodePid), state, version: nodeVersion }));
  return { supervisor: { pid: Number(pid), version }, nodes };
}

export const pidsOf = (status) => status.nodes.map((node) => node.pid);
export const allServe = (status, count) => status.nodes.length === count && status.nodes.every((node) => node.state === 'serving');

/** Pids of the processes whose parent is `pid`, as the kernel knows them. */
export function childrenOf(pid) {
  const parent = (entry) => {
    try { return Number(readFileSync(`/proc/${entry}/stat`, 'utf8').split(') ').at(-1).split(' ')[1]); } catch { return null; }
  };
  return readdirSync('/proc').filter((entry) => /^\d+$/.test(entry) && parent(entry) === pid).map(Number);
}

export const alive = (pid) => {
  try { return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8')); } catch { return false; }
};
