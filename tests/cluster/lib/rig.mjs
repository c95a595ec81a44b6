// A fault rig: processes of the cluster layer (cluster_driver), real servers, faults drawn from a seed, histories.
import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chosenSeed, Random } from '../../lib/random.mjs';
import { sleep } from '../../lib/server.mjs';
import { startMariadb } from '../../lib/servers/mariadb.mjs';
import { startPostgres } from '../../lib/servers/postgres.mjs';
import { removeFolder, scratchFolder } from '../../lib/servers/process.mjs';
import { startRabbit } from '../../lib/servers/rabbitmq.mjs';
import { startRedis } from '../../lib/servers/redis.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const driver = join(resolve(process.env.FLOTILLA_BUILD ?? join(here, '../../../build/release')), 'tests/cluster_driver');

/** RIG_FULL=1 runs the sizes of docs/reliability.md; otherwise those that fit into every test run. */
export const full = process.env.RIG_FULL === '1';
export const size = (short, whole) => (full ? whole : short);

const running = new Set();
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));

/** What the functions of the cluster layer stand on, by the name of an adapter. `server` can be killed and restarted. */
const stages = {
  async sqlite() { return { env: { QUEUE_ADAPTER: 'database', PUBSUB_ADAPTER: 'database', LOCK_ADAPTER_DEFAULT: 'database' } }; },
  async postgres() {
    const server = await startPostgres();
    return { server, env: { DRIVER_POSTGRES_URL: server.url, QUEUE_ADAPTER: 'database', PUBSUB_ADAPTER: 'database', LOCK_ADAPTER_DEFAULT: 'database' } };
  },
  async mariadb() {
    const server = await startMariadb();
    return { server, env: { DRIVER_MARIADB_URL: server.url, QUEUE_ADAPTER: 'database', PUBSUB_ADAPTER: 'database', LOCK_ADAPTER_DEFAULT: 'database' } };
  },
  async redis(version) {
    const server = await startRedis({ version });
    return { server, env: { REDIS_URL: server.url, QUEUE_ADAPTER: 'redis', PUBSUB_ADAPTER: 'redis', LOCK_ADAPTER_DEFAULT: 'redis' } };
  },
  async rabbitmq(version) {
    const server = await startRabbit({ version });
    return { server, env: { QUEUE_ADAPTER: 'rabbitmq', QUEUE_ADAPTER_RABBITMQ_URL: server.url, PUBSUB_ADAPTER: 'database', LOCK_ADAPTER_DEFAULT: 'database' } };
  },
};

export async function openRig(t, adapter, more = {}) {
  const seed = chosenSeed();
  console.log(`# ${t.name}: SEED=${seed}`);
  const folder = scratchFolder('rig');
  const [, kind, version] = adapter.match(/^([a-z]+)(\d*)$/);
  const stage = await stages[kind](Number(version));
  const processes = [];
  const rig = {
    seed, random: new Random(seed), folder, server: stage.server, processes,
    env: { ...stage.env, ...more },
    history: (name) => join(folder, `${name}.history`),
    /** Lines that a process, in all its lives, has written. The last one may be cut when it was killed: it is left out. */
    lines(name) {
      const path = rig.history(name);
      if (!existsSync(path)) return [];
      const text = readFileSync(path, 'utf8');
      return text.slice(0, text.lastIndexOf('\n') + 1).split('\n').filter(Boolean).map((line) => line.split(' '));
    },
    /** Starts (or starts again) the process `name` in `role`. */
    start(name, role, args = {}, env = {}) {
      const log = openSync(join(folder, `${name}.log`), 'a');
      const words = Object.entries({ history: rig.history(name), name, ...args }).map(([key, value]) => `${key}=${value}`);
      const child = spawn(driver, [role, ...words], {
        cwd: folder, stdio: ['ignore', log, log],
        env: {
          PATH: process.env.PATH, HOME: folder, APP_KEY: 'a-key-of-the-rigs-0123456789-0123456789', STORAGE_PATH: join(folder, `storage-${name}`),
          DB_DIALECT: 'sqlite', DB_STORAGE: join(folder, 'main.sqlite'), LOGGER_LEVEL: 'warn', LOGGER_TRANSPORT: 'console', ...rig.env, ...env,
        },
      });
      closeSync(log);
      running.add(child);
      const own = { name, role, args, env, child, ended: null, paused: false };
      own.exited = new Promise((done) => child.on('close', (code, signal) => { running.delete(child); own.ended = signal ?? code; done(own.ended); }));
      own.kill = async (signal = 'SIGKILL') => { child.kill(signal); if (own.paused) own.resume(); return own.exited; };
      own.pause = () => { own.paused = true; child.kill('SIGSTOP'); };
      own.resume = () => { own.paused = false; child.kill('SIGCONT'); };
      own.log = () => readFileSync(join(folder, `${name}.log`), 'utf8').slice(-3000);
      processes.push(own);
      return own;
    },
    /** Ends well: SIGTERM, and exit code 0 within the time. */
    async finish(own, timeoutMs = 30_000) {
      if (own.ended === null) own.child.kill('SIGTERM');
      let timer;
      const late = new Promise((done) => { timer = setTimeout(done, timeoutMs, 'late'); });
      const how = await Promise.race([own.exited, late]);
      clearTimeout(timer);
      if (how === 'late') { own.child.kill('SIGABRT'); throw new Error(`${own.name} did not end within ${timeoutMs} ms:\n${own.log()}`); }
      if (how !== 0) throw new Error(`${own.name} ended with ${how}:\n${own.log()}`);
    },
    /** Waits until `holds()`; throws with what `told()` says when it does not. */
    async until(what, holds, timeoutMs = 60_000, told = () => '') {
      const deadline = Date.now() + timeoutMs;
      while (!(await holds())) {
        if (Date.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what} ${await told()}`);
        await sleep(50);
      }
    },
    ready: (own, timeoutMs = 60_000) => rig.until(`${own.name} is ready`, () => {
      if (own.ended !== null) throw new Error(`${own.name} ended (${own.ended}):\n${own.log()}`);
      return rig.lines(own.name).some(([word]) => word === 'ready');
    }, timeoutMs, () => own.log()),
    async close() {
      await Promise.all(processes.filter((own) => own.ended === null).map((own) => own.kill('SIGKILL')));
      await stage.server?.stop();
      removeFolder(folder);
    },
  };
  t.after(() => rig.close());
  return rig;
}

export { sleep };
