// nginx with deploy/nginx/flotilla.conf as it is, but for the ports.
import { readFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { probe, removeFolder, scratchFolder, startProcess } from './process.mjs';

const shipped = resolve(dirname(fileURLToPath(import.meta.url)), '../../../deploy/nginx/flotilla.conf');

/** The shipped configuration with these ports: of its own, and of the nodes. */
export function nginxSite(port, nodePorts) {
  const server = /^ {2}server 127\.0\.0\.1:\d+(.*)$/gm;
  const text = readFileSync(shipped, 'utf8');
  const [, options] = server.exec(text);
  let first = true;
  return text.replace(server, () => {
    if (!first) return '';
    first = false;
    return nodePorts.map((node) => `  server 127.0.0.1:${node}${options}`).join('\n');
  }).replace(/listen 127\.0\.0\.1:\d+/, `listen 127.0.0.1:${port}`);
}

/** Answers {url, port, log, stop}. */
export async function startNginx(port, nodePorts) {
  const folder = scratchFolder('nginx');
  mkdirSync(join(folder, 'tmp'));
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `  ${kind}_temp_path ${folder}/tmp/${kind};`).join('\n');
  writeFileSync(join(folder, 'nginx.conf'), `${process.getuid() === 0 ? 'user root;\n' : ''}daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
error_log stderr warn;
events { worker_connections 4096; }
http {
${temporary}
  access_log off;
${nginxSite(port, nodePorts)}
}
`);
  const server = await startProcess('nginx', 'nginx', ['-p', folder, '-e', 'stderr', '-c', join(folder, 'nginx.conf')],
    { ready: async () => (await probe(port, 'GET / HTTP/1.0\r\n\r\n')) !== null });
  return {
    url: `http://127.0.0.1:${port}`, port, log: () => server.log(),
    // QUIT lets requests end.
    async stop() { await server.stop('SIGTERM'); removeFolder(folder); },
  };
}
