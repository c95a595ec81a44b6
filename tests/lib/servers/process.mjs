// A server process in a scratch folder of its own: started, watched, stopped by its pid, and gone with the test.
import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, sleep } from '../server.mjs';

const running = new Set(), folders = new Set();
process.on('exit', () => {
  // Groups: a server's helpers end with it.
  for (const child of running) { try { process.kill(-child.pid, 'SIGKILL'); } catch { /* gone already */ } }
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
});

export function scratchFolder(name) {
  const folder = mkdtempSync(join(tmpdir(), `flotilla-${name}-`));
  folders.add(folder);
  return folder;
}

export function removeFolder(folder) {
  folders.delete(folder);
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}

/**
 * Starts `command` as the leader of a process group. `ready(text)` is asked with all it has printed. That goes to a file:
 * a pipe that a busy test does not read fills up, and then the server waits in the middle of its work.
 */
export async function startProcess(name, command, args, { env, cwd, ready, timeoutMs = 60_000 } = {}) {
  const folder = scratchFolder(`${name}-log`), file = join(folder, 'log');
  const out = openSync(file, 'a');
  const child = spawn(command, args, { env: { PATH: process.env.PATH, LANG: 'C.UTF-8', ...env }, cwd, stdio: ['ignore', out, out, 'pipe'], detached: true });
  closeSync(out);
  // Nobody writes to the fourth: it closes when the last of the server's processes has ended.
  child.stdio[3]?.resume();
  running.add(child);
  let text = '', ended = null;
  const log = () => (ended === null ? readFileSync(file, 'utf8').slice(-200_000) : text);
  const exited = new Promise((done) => {
    const end = (how) => {
      if (ended !== null) return;
      running.delete(child);
      text = log();
      ended = how;
      removeFolder(folder);
      done(ended);
    };
    child.on('error', (error) => end(error.message));
    child.on('close', (code, signal) => end(signal ?? code));
  });
  const server = {
    name, pid: child.pid, exited, log, ended: () => ended !== null,
    signal: (signal) => { try { process.kill(-child.pid, signal); } catch { /* gone already */ } },
    /** Ends it, the hard way when it does not within `graceMs`. */
    async stop(signal = 'SIGTERM', graceMs = 20_000) {
      if (ended !== null) return ended;
      server.signal(signal);
      const timer = setTimeout(() => server.signal('SIGKILL'), graceMs);
      const how = await exited;
      clearTimeout(timer);
      return how;
    },
  };
  const deadline = Date.now() + timeoutMs;
  while (!(await ready(log()))) {
    if (ended !== null) throw new Error(`${name} ended (${ended}) before it was ready:\n${log()}`);
    if (Date.now() > deadline) { await server.stop('SIGKILL'); throw new Error(`${name} was not ready within ${timeoutMs} ms:\n${log()}`); }
    await sleep(25);
  }
  return server;
}

/** Sends `bytes` to a port of loopback and answers the first bytes that come back; null when nothing does. */
export function probe(port, bytes, timeoutMs = 1000) {
  return new Promise((done) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const end = (answer) => { socket.destroy(); done(answer); };
    socket.setTimeout(timeoutMs, () => end(null));
    socket.on('error', () => end(null)).on('close', () => end(null));
    socket.on('connect', () => socket.write(bytes)).on('data', end);
  });
}

export { freePort, sleep };
