// Programs that the benchmark starts: each is remembered by its pid and stopped by it, whatever happens.
import {spawn} from 'node:child_process';
import {createServer} from 'node:net';
import {setTimeout as sleep} from 'node:timers/promises';

const running = new Set();

/** Starts a program that stays; its output goes to `log` (a file descriptor) or nowhere. */
export function start(command, args, {env, cwd, log = 'ignore'} = {}) {
  const child = spawn(command, args, {env: env ?? process.env, cwd, stdio: ['ignore', log, log]});
  running.add(child);
  child.once('exit', () => running.delete(child));
  child.once('error', error => { child.failure = error; running.delete(child); });
  return child;
}

/** Runs a program to its end; resolves with its standard output, rejects with its complaints. */
export function run(command, args, {env, input} = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {env: env ?? process.env, stdio: ['pipe', 'pipe', 'pipe']});
    running.add(child);
    let out = '', complaints = '';
    child.stdout.on('data', data => (out += data));
    child.stderr.on('data', data => (complaints += data));
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    child.once('error', error => { running.delete(child); reject(error); });
    child.once('close', (code, signal) => {
      running.delete(child);
      if (code === 0) resolve(out);
      else reject(new Error(`${command} ${args[0] ?? ''} ended with ${signal ?? code}: ${(complaints || out).trim()}`));
    });
  });
}

const ended = child => child.exitCode !== null || child.signalCode !== null || child.failure;

/** SIGTERM, and SIGKILL when the program is still there after `graceMs`. */
export async function stop(child, graceMs = 10_000) {
  if (ended(child)) return;
  child.kill('SIGTERM');
  for (const end = Date.now() + graceMs; !ended(child) && Date.now() < end;) await sleep(20);
  if (!ended(child)) child.kill('SIGKILL');
  while (!ended(child)) await sleep(20);
}

export async function stopAll() {
  await Promise.all([...running].map(child => stop(child)));
}

/** A port of the loopback address that was free just now. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const {port} = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Polls until `ready` answers true; rejects when the child ends or the time is over. */
export async function untilReady(child, ready, {timeoutMs, what, complaint = () => ''}) {
  for (const end = Date.now() + timeoutMs; ;) {
    if (child.failure) throw new Error(`${what} did not start: ${child.failure.message}`);
    if (ended(child)) throw new Error(`${what} ended at once (${child.signalCode ?? child.exitCode}) ${complaint()}`);
    if (await ready().catch(() => false)) return;
    if (Date.now() > end) throw new Error(`${what} was not ready after ${timeoutMs} ms ${complaint()}`);
    await sleep(25);
  }
}
