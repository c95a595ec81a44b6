// Starts a Flotilla binary in a folder of its own on loopback, and stops it by its pid.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
export const binary = process.env.FLOTILLA_BIN ? resolve(process.env.FLOTILLA_BIN) : join(root, 'build/release/flotilla');
export const appKey = 'test-key-please-change-0123456789';
export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

const portAttempts = 3;
const stopTimeoutMs = 15_000;

export function freePort() {
  return new Promise((done, fail) => {
    const server = createServer();
    server.on('error', fail);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}

// A test that ends in whatever way takes its servers and their folders with it.
const running = new Set(), ownFolders = new Set();
const remove = (folder) => { ownFolders.delete(folder); rmSync(folder, { recursive: true, force: true, maxRetries: 3 }); };
process.on('exit', () => {
  running.forEach((child) => child.kill('SIGKILL'));
  ownFolders.forEach(remove);
});
for (const [signal, code] of [['SIGINT', 130], ['SIGTERM', 143]]) process.once(signal, () => process.exit(code));

/** What the server is started with, before `more`. Nothing of the caller's environment gets in but PATH. */
export function serverEnv(folder, port, more = {}) {
  const env = {
    PATH: process.env.PATH, HOME: folder, APP_KEY: appKey, APP_HOST: '127.0.0.1', APP_PORT: String(port),
    STORAGE_PATH: join(folder, 'storage'), DB_DIALECT: 'sqlite', DB_STORAGE: join(folder, 'storage/db/flotilla.sqlite'),
    INIT_ROOT_USERNAME: 'nocobase', INIT_ROOT_EMAIL: 'admin@nocobase.com', INIT_ROOT_PASSWORD: 'admin123',
    INIT_ROOT_NICKNAME: 'Super Admin', ...more,
  };
  for (const name of ['ASAN_OPTIONS', 'UBSAN_OPTIONS', 'TSAN_OPTIONS', 'LSAN_OPTIONS'])
    if (process.env[name]) env[name] ??= process.env[name];
  return env;
}

async function untilHealthy(server, timeoutMs) {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const gone = server.ended() && (await server.exited);
    if (gone) throw new Error(`the server ended (${JSON.stringify(gone)}) before it was healthy:\n${server.logs()}`);
    try {
      const answer = await fetch(`${server.url}/api/__health_check`, { signal: AbortSignal.timeout(5000), headers: { connection: 'close' } });
      await answer.arrayBuffer();
      if (answer.status === 200) return;
    } catch { /* not listening yet */ }
    if (Date.now() > deadline) throw new Error(`the server was not healthy within ${timeoutMs} ms:\n${server.logs()}`);
    await sleep(5);
  }
}

function launch(folder, port, options) {
  const env = serverEnv(folder, port, options.env);
  const child = spawn(options.binary ?? binary, options.args ?? ['start'], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  let log = '';
  const keep = (chunk) => { log = (log + chunk).slice(-(options.logBytes ?? 4_000_000)); };
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', keep);
  let gone = null;
  // 'close', not 'exit': by then the whole log was read.
  const exited = new Promise((done) => {
    const end = (how) => { running.delete(child); gone ??= how; done(gone); };
    child.on('error', (error) => end({ code: null, signal: null, error: error.message }));
    child.on('exit', (code, signal) => { gone = { code, signal }; });
    child.on('close', (code, signal) => end({ code, signal }));
  });
  const server = {
    url: `http://127.0.0.1:${port}`, port, pid: child.pid, folder, exited, env,
    logs: () => log,
    alive: () => gone === null,
    ended: () => gone,
    /** Sends a signal and waits for the end: {code, signal}. */
    kill: (signal = 'SIGKILL') => { child.kill(signal); return exited; },
    /** SIGTERM, after 15 s SIGKILL; a folder that was made for this server goes too. */
    async stop() {
      if (gone === null) {
        child.kill('SIGTERM');
        const late = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs);
        await exited;
        clearTimeout(late);
      }
      if (!options.folder) remove(folder);
      return exited;
    },
    /** A new process on the same folder and port; the old one is ended with SIGTERM when it still runs. */
    async restart(env = {}) {
      if (gone === null) await server.kill('SIGTERM');
      const next = await startServer({ ...options, folder, port, env: { ...options.env, ...env } });
      if (options.folder) return next;
      const { stop } = next;
      return { ...next, stop: async () => { const how = await stop(); remove(folder); return how; } };
    },
  };
  return server;
}

/**
 * Starts a server and waits until it is healthy.
 * Options: folder (kept when given, else a fresh one that stop() removes), env, args, binary, port, timeoutMs, waitForHealth,
 * logBytes (how much of the log's end is kept).
 * Answers {url, port, pid, folder, env, logs(), alive(), ended(), kill(signal), exited, stop(), restart(env)}.
 */
export async function startServer(options = {}) {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'flotilla-'));
  if (!options.folder) ownFolders.add(folder);
  for (let attempt = 1; ; ++attempt) {
    const server = launch(folder, options.port ?? (await freePort()), options);
    if (options.waitForHealth === false) return server;
    try {
      await untilHealthy(server, options.timeoutMs ?? 30_000);
      return server;
    } catch (error) {
      // Somebody else may have taken the port between asking for it and listening on it.
      const taken = server.ended() && /address already in use/i.test(server.logs());
      if (server.alive()) await server.kill();
      if (taken && options.port === undefined && attempt < portAttempts) continue;
      if (!options.folder) remove(folder);
      throw error;
    }
  }
}
