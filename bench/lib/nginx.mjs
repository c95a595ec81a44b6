// nginx as the yardstick of the wire: the same bytes, from files, with nothing computed.
import {closeSync, mkdirSync, openSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {userInfo} from 'node:os';
import {freePort, start, untilReady} from './children.mjs';

/** @param {Record<string, string>} files name -> body, served at /name */
export async function startNginx(scratch, workers, files) {
  const home = join(scratch, `nginx-${workers}`);
  for (const folder of ['www', 'tmp', 'logs']) mkdirSync(join(home, folder), {recursive: true});
  for (const [name, body] of Object.entries(files)) writeFileSync(join(home, 'www', name), body);
  const port = await freePort();
  const user = userInfo();
  const config = join(home, 'nginx.conf');
  const errors = join(home, 'logs/error.log');
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(kind => `  ${kind}_temp_path ${home}/tmp/${kind};`).join('\n');
  writeFileSync(config, `${user.uid === 0 ? `user ${user.username};\n` : ''}daemon off;
worker_processes ${workers};
pid ${home}/nginx.pid;
error_log ${errors} warn;
events { worker_connections 1024; }
http {
${temporary}
  access_log off;
  server_tokens off;
  default_type application/json;
  sendfile off;
  tcp_nodelay on;
  keepalive_requests 1000000000;
  keepalive_timeout 600s;
  open_file_cache max=16 inactive=600s;
  open_file_cache_valid 600s;
  server {
    listen 127.0.0.1:${port}${workers > 1 ? ' reuseport' : ''};
    root ${home}/www;
  }
}
`);
  const log = openSync(join(home, 'logs/output.log'), 'w');
  const child = start('nginx', ['-p', home, '-e', errors, '-c', config], {log});
  closeSync(log);
  const url = `http://127.0.0.1:${port}`;
  const first = Object.keys(files)[0];
  await untilReady(child, async () => (await fetch(`${url}/${first}`)).status === 200, {
    timeoutMs: 10_000, what: 'nginx', complaint: () => `\n${readFileSync(errors, 'utf8').slice(-1000)}`,
  });
  return {child, pid: child.pid, port, url};
}
