// PgBouncer in transaction mode before a PostgreSQL of postgres.mjs.
import { chownSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { freePort, removeFolder, scratchFolder, startProcess } from './process.mjs';

/** Answers {port, psql, stop}. Few connections to the server, so that clients really share them. */
export async function startPgbouncer(postgres, { poolSize = 8 } = {}) {
  const folder = scratchFolder('pgbouncer');
  const port = await freePort();
  writeFileSync(join(folder, 'users.txt'), '"flotilla" "flotilla"\n');
  writeFileSync(join(folder, 'pgbouncer.ini'), `[databases]
flotilla = host=127.0.0.1 port=${postgres.port} dbname=flotilla
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = plain
auth_file = ${join(folder, 'users.txt')}
admin_users = flotilla
pool_mode = transaction
default_pool_size = ${poolSize}
max_client_conn = 200
server_reset_query =
`);
  const asPostgres = process.getuid() === 0 ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups'] : [];
  if (process.getuid() === 0) {
    const id = (flag) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
    for (const path of [folder, join(folder, 'users.txt'), join(folder, 'pgbouncer.ini')]) chownSync(path, id('-u'), id('-g'));
  }
  const [command, ...args] = [...asPostgres, '/usr/sbin/pgbouncer', join(folder, 'pgbouncer.ini')];
  const server = await startProcess('pgbouncer', command, args, { ready: (text) => /process up/.test(text) });
  return { port, log: () => server.log(), async stop() { await server.stop('SIGINT'); removeFolder(folder); } };
}
