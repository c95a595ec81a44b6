// Nodes of one fleet: processes on one SQLite database and storage, as a supervisor on one machine would start them.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '../lib/client.mjs';
import { binary, freePort, serverEnv, sleep, startServer } from '../lib/server.mjs';

/** Adapters that nodes on one database need at least. */
export const shared = { PUBSUB_ADAPTER: 'database', QUEUE_ADAPTER: 'database', LOCK_ADAPTER_DEFAULT: 'database' };

/** A folder and its nodes, which end with the test. */
export function openFleet(t, common = shared) {
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-fleet-'));
  const nodes = [];
  t.after(async () => {
    await Promise.all(nodes.map((node) => node.stop()));
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  });
  return {
    folder, nodes,
    async start(env = {}, options = {}) {
      const node = await startServer({ folder, env: { ...common, ...env }, ...options });
      nodes.push(node);
      return node;
    },
    /** Runs a command of the program with the fleet's settings. */
    async run(args, env = {}) {
      const port = await freePort();
      const done = spawnSync(binary, args, { cwd: folder, encoding: 'utf8', timeout: 60_000, env: serverEnv(folder, port, { ...common, ...env }) });
      return { code: done.status, out: done.stdout, error: done.stderr };
    },
  };
}

export async function rootOf(node) {
  const client = new Client(node.url);
  await client.signIn();
  return client;
}

export const nodesSeenBy = async (node) => (await rootOf(node)).data('GET', '/api/fleet:nodes');

export async function until(what, holds, timeoutMs = 30_000) {
  const deadline = Date.now() + timeoutMs;
  let seen;
  while (!(await holds((value) => { seen = value; }))) {
    if (Date.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what} ${JSON.stringify(seen) ?? ''}`);
    await sleep(50);
  }
}
