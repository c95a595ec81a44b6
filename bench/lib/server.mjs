// The benched server: a fresh one, on SQLite unless another database is given, in a scratch folder and on a free loopback port.
import {closeSync, existsSync, mkdirSync, openSync, readFileSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {freePort, start, untilReady} from './children.mjs';

export const account = 'nocobase';
export const password = 'admin123';
export const appKey = 'bench-key-of-a-scratch-server-0123456789';

/** FLOTILLA_BIN, else the release build. */
export function binary(root) {
  const path = resolve(process.env.FLOTILLA_BIN || join(root, 'build/release/flotilla'));
  if (!existsSync(path)) throw new Error(`the server ${path} does not exist: build it, or name it in FLOTILLA_BIN`);
  return path;
}

/** `more`: which database, when it is not the file in the scratch folder. */
export async function startServer(path, scratch, more = {}) {
  const storage = join(scratch, 'storage');
  mkdirSync(storage, {recursive: true});
  const port = await freePort();
  const database = join(storage, 'bench.sqlite');
  const logFile = join(scratch, 'server.log');
  const log = openSync(logFile, 'w');
  const env = {
    PATH: process.env.PATH, HOME: scratch, TZ: 'UTC',
    APP_ENV: 'production', APP_HOST: '127.0.0.1', APP_PORT: String(port), APP_KEY: appKey,
    STORAGE_PATH: storage, DB_DIALECT: 'sqlite', DB_STORAGE: database,
    ...more, INIT_ROOT_USERNAME: account, INIT_ROOT_EMAIL: 'admin@nocobase.com', INIT_ROOT_PASSWORD: password, INIT_ROOT_NICKNAME: 'Super Admin',
  };
  // Anything that the caller sets for the server alone: BENCH_SERVER_ENV='CLUSTER_MODE=2 LOG_LEVEL=warn'
  for (const pair of (process.env.BENCH_SERVER_ENV ?? '').split(/\s+/).filter(Boolean)) {
    const at = pair.indexOf('=');
    if (at < 1) throw new Error(`BENCH_SERVER_ENV: "${pair}" is not NAME=value`);
    env[pair.slice(0, at)] = pair.slice(at + 1);
  }
  const began = performance.now();
  const child = start(path, ['start'], {env, cwd: scratch, log});
  closeSync(log);
  const url = `http://127.0.0.1:${port}`;
  await untilReady(child, async () => (await fetch(`${url}/api/__health_check`)).status === 200, {
    timeoutMs: 60_000, what: path, complaint: () => `; its log ends with:\n${readFileSync(logFile, 'utf8').slice(-2000)}`,
  });
  return {child, pid: child.pid, port, url, database, logFile, startMs: performance.now() - began};
}
