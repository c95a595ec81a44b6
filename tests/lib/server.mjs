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

const running = new Set();
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));

/**
 * Starts a server and waits until it is healthy.
 * Options: folder (kept when given, else a fresh one that stop() removes), env, args, port, timeoutMs, waitForHealth.
 * Answers {url, port, pid, folder, logs(), kill(signal), exited, stop(), restart(env)}.
 */
export async function startServer(options = {}) {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'flotilla-'));
  const port = options.port ?? (await freePort());
  const env = {
    PATH: process.env.PATH, HOME: folder, APP_KEY: appKey, APP_HOST: '127.0.0.1', APP_PORT: String(port),
    STORAGE_PATH: join(folder, 'storage'), DB_DIALECT: 'sqlite', DB_STORAGE: join(folder, 'storage/db/flotilla.sqlite'),
    INIT_ROOT_USERNAME: 'nocobase', INIT_ROOT_EMAIL: 'admin@nocobase.com', INIT_ROOT_PASSWORD: 'admin123',
    INIT_ROOT_NICKNAME: 'Super Admin', ...options.env,
  };
  if (process.env.ASAN_OPTIONS) env.ASAN_OPTIONS = process.env.ASAN_OPTIONS;
  const child = spawn(binary, options.args ?? ['start'], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  let log = '';
  const keep = (chunk) => { log = (log + chunk).slice(-(options.logBytes ?? 4_000_000)); };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const exited = new Promise((done) => child.on('exit', (code, signal) => { running.delete(child); done({ code, signal }); }));
  let gone = null;
  exited.then((how) => { gone = how; });
  const url = `http://127.0.0.1:${port}`;
  const server = {
    url, port, pid: child.pid, folder, exited, env,
    logs: () => log,
    alive: () => gone === null,
    kill: (signal = 'SIGKILL') => { child.kill(signal); return exited; },
    async stop() {
      if (gone === null) {
        child.kill('SIGTERM');
        await Promise.race([exited, sleep(10_000)]);
        if (gone === null) { child.kill('SIGKILL'); await exited; }
      }
      if (!options.folder) rmSync(folder, { recursive: true, force: true });
    },
    async restart(env = {}) {
      if (gone === null) await server.kill('SIGTERM');
      return startServer({ ...options, folder, port, env: { ...options.env, ...env } });
    },
  };
  if (options.waitForHealth === false) return server;
  const deadline = Date.now() + (options.timeoutMs ?? 30_000);
  for (;;) {
    if (gone) throw new Error(`the server ended (${JSON.stringify(gone)}) before it was healthy:\n${log}`);
    try {
      const answer = await fetch(`${url}/api/__health_check`);
      await answer.arrayBuffer();
      if (answer.status === 200) return server;
    } catch { /* not listening yet */ }
    if (Date.now() > deadline) { await server.stop(); throw new Error(`the server was not healthy in time:\n${log}`); }
    await sleep(5);
  }
}
