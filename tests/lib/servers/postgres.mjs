// A PostgreSQL cluster of its own in a scratch folder; the machine's main cluster is never touched.
import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, probe, removeFolder, scratchFolder, startProcess } from './process.mjs';

const versions = '/usr/lib/postgresql';

function binaries() {
  const newest = existsSync(versions) ? readdirSync(versions).filter((name) => /^\d+$/.test(name)).sort((a, b) => b - a)[0] : undefined;
  if (!newest) throw new Error('PostgreSQL is not installed: run scripts/install-packages.sh test');
  return join(versions, newest, 'bin');
}

// PostgreSQL refuses to run as root.
const asPostgres = process.getuid() === 0 ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups'] : [];
const run = (command, args, input) => {
  const [program, ...rest] = [...asPostgres, command, ...args];
  return execFileSync(program, rest, { input, maxBuffer: 1 << 28, stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'], env: { PATH: process.env.PATH, LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8' }, encoding: 'utf8' });
};

function ownerOf(folder) {
  if (process.getuid() !== 0) return;
  const id = (flag) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  chownSync(folder, id('-u'), id('-g'));
}

/** Answers {url, port, psql, stop, kill, restart, pause, resume}: database, user and password `flotilla`. */
export async function startPostgres({ port, settings = {} } = {}) {
  const bin = binaries();
  const folder = scratchFolder('postgres');
  ownerOf(folder);
  const data = join(folder, 'data');
  run(join(bin, 'initdb'), ['-D', data, '-U', 'postgres', '--auth=trust', '--encoding=UTF8', '--locale=C.UTF-8', '--no-sync']);
  const own = port ?? (await freePort());
  const all = { listen_addresses: '127.0.0.1', port: own, unix_socket_directories: folder, max_connections: 200, shared_buffers: '128MB', log_min_messages: 'warning', ...settings };
  const args = ['-D', data, ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
  // An SSLRequest is answered with one byte as soon as the server listens; psql tells when it lets people in.
  const listens = async () => (await probe(own, Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]))) !== null && letsIn();
  const letsIn = () => { try { run(join(bin, 'psql'), ['-qAtX', '-h', '127.0.0.1', '-p', String(own), '-U', 'postgres', '-c', 'select 1']); return true; } catch { return false; } };
  const start = () => {
    const [program, ...rest] = [...asPostgres, join(bin, 'postgres'), ...args];
    return startProcess('postgres', program, rest, { env: { LC_ALL: 'C.UTF-8' }, ready: listens });
  };
  let process_ = await start();
  const psql = (sql, database = 'flotilla', user = 'flotilla') =>
    run(join(bin, 'psql'), ['-qAtX', '-v', 'ON_ERROR_STOP=1', '-h', '127.0.0.1', '-p', String(own), '-U', user, '-d', database, '-c', sql]).trim();
  psql("create role flotilla login superuser password 'flotilla'", 'postgres', 'postgres');
  psql('create database flotilla owner flotilla', 'postgres', 'postgres');
  const tool = (name, database, args, input) => run(join(bin, name), ['-h', '127.0.0.1', '-p', String(own), '-U', 'flotilla', '-d', database, ...args], input);
  return {
    /** Runs a script of psql, such as a dump. */
    script: (text, database = 'flotilla') => tool('psql', database, ['-qX', '-v', 'ON_ERROR_STOP=1'], text),
    dump: (args, database = 'flotilla') => tool('pg_dump', database, args),
    port: own, url: `postgres://flotilla:flotilla@127.0.0.1:${own}/flotilla`, socketFolder: folder, psql, sql: psql, log: () => process_.log(),
    pause: () => process_.signal('SIGSTOP'), resume: () => process_.signal('SIGCONT'),
    kill: () => process_.stop('SIGKILL'),
    async start() { process_ = await start(); },
    // SIGINT is PostgreSQL's fast shutdown: it does not wait for clients to leave.
    // With SIGTERM it would wait for ever.
    async restart(signal = 'SIGINT') { await process_.stop(signal === 'SIGTERM' ? 'SIGINT' : signal); process_ = await start(); },
    async stop() { await process_.stop('SIGINT'); removeFolder(folder); },
  };
}
