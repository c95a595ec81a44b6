// A MariaDB server of its own in a scratch folder; the machine's own server, if any, is never touched.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, probe, removeFolder, scratchFolder, startProcess } from './process.mjs';

const asRoot = process.getuid() === 0 ? ['--user=root'] : [];
const programs = { server: '/usr/sbin/mariadbd', client: '/usr/bin/mariadb', dump: '/usr/bin/mariadb-dump', installer: '/usr/bin/mariadb-install-db' };

/** Without a configuration file, durable, and small. */
const defaults = {
  'bind-address': '127.0.0.1', 'skip-name-resolve': '', 'max-connections': 500, 'innodb-buffer-pool-size': '128M',
  'innodb-log-file-size': '48M', 'innodb-flush-log-at-trx-commit': 1, 'character-set-server': 'utf8mb4', 'loose-innodb-snapshot-isolation': 'OFF',
};

/** Answers {url, port, sql, stop, kill, restart, start, pause, resume, log}: database, user and password `flotilla`. */
export async function startMariadb({ port, settings = {} } = {}) {
  if (!existsSync(programs.server)) throw new Error('MariaDB is not installed: run scripts/install-packages.sh test');
  const folder = scratchFolder('mariadb');
  const data = join(folder, 'data'), socket = join(folder, 's');
  const plain = (program, args, input) => execFileSync(program, args, { input, maxBuffer: 1 << 28, stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'], env: { PATH: process.env.PATH, LANG: 'C.UTF-8' }, encoding: 'utf8' });
  plain(programs.installer, ['--no-defaults', `--datadir=${data}`, '--auth-root-authentication-method=normal', '--skip-test-db', ...asRoot]);
  const own = port ?? (await freePort());
  const all = { ...defaults, ...settings };
  const args = ['--no-defaults', ...asRoot, `--datadir=${data}`, `--socket=${socket}`, `--port=${own}`, `--pid-file=${join(folder, 'pid')}`,
    ...Object.entries(all).map(([name, value]) => (value === '' ? `--${name}` : `--${name}=${value}`))];
  // The server speaks first; its greeting carries a plugin's name.
  const listens = async () => (await probe(own, Buffer.alloc(0)))?.includes('mysql_native_password') ?? false;
  const start = () => startProcess('mariadb', programs.server, args, { ready: listens });
  let process_ = await start();
  const client = (args, input) => plain(programs.client, ['--no-defaults', '-uroot', `--socket=${socket}`, '--default-character-set=utf8mb4', ...args], input);
  const sql = (text, database = 'flotilla') => client(['-N', '-B', '-D', database, '-e', text]).trim();
  client(['-e', "CREATE DATABASE flotilla CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci; CREATE USER flotilla@'%' IDENTIFIED BY 'flotilla'; GRANT ALL ON *.* TO flotilla@'%'"]);
  return {
    port: own, url: `mariadb://flotilla:flotilla@127.0.0.1:${own}/flotilla`, sql, folder, log: () => process_.log(),
    /** Runs a script of the client, such as a dump. */
    script: (text, database = 'flotilla') => client(['-D', database], text),
    dump: (args, database = 'flotilla') => plain(programs.dump, ['--no-defaults', '-uroot', `--socket=${socket}`, ...args, database]),
    pause: () => process_.signal('SIGSTOP'), resume: () => process_.signal('SIGCONT'),
    kill: () => process_.stop('SIGKILL'),
    async start() { process_ = await start(); },
    async restart(signal = 'SIGTERM') { await process_.stop(signal); process_ = await start(); },
    async stop() { await process_.stop('SIGKILL'); removeFolder(folder); },
  };
}
