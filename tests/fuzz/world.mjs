// A server on the data of the scenario, put back to the same state before each round: what a mutation broke (roles of
// the first user, say) does not blunt the ones that follow, and a finding is repeated from the begin of its round.
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServer } from '../lib/server.mjs';
import { buildSeeds } from './seeds.mjs';

const env = { LOGGER_LEVEL: 'error', LOGGER_TRANSPORT: 'console', LOGGER_FORMAT: 'json', REQUEST_BODY_LIMIT: '1mb' };
const options = { env, logBytes: 32_000_000, timeoutMs: 60_000 };

export async function openWorld() {
  const home = mkdtempSync(join(tmpdir(), 'flotilla-fuzz-'));
  const kept = join(home, 'kept'), folder = join(home, 'folder');
  mkdirSync(folder);
  const first = await startServer({ ...options, folder });
  const seeds = await buildSeeds(first.url);
  const end = await first.kill('SIGTERM');
  if (end.code !== 0) throw new Error(`building the world ended with ${JSON.stringify(end)}:\n${first.logs().slice(-8000)}`);
  cpSync(folder, kept, { recursive: true });
  return {
    seeds,
    /** A server on the kept data. */
    async restore() {
      rmSync(folder, { recursive: true, force: true });
      cpSync(kept, folder, { recursive: true });
      return startServer({ ...options, folder, port: first.port });
    },
    /** A server on what the last round left. */
    resume: () => startServer({ ...options, folder, port: first.port }),
    close: () => rmSync(home, { recursive: true, force: true }),
  };
}
