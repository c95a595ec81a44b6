// HAProxy with deploy/haproxy/haproxy.cfg as it is, but for the ports.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { probe, removeFolder, scratchFolder, startProcess } from './process.mjs';

const shipped = resolve(dirname(fileURLToPath(import.meta.url)), '../../../deploy/haproxy/haproxy.cfg');

/** Answers {url, port, log, stop}. */
export async function startHaproxy(port, nodePorts) {
  const folder = scratchFolder('haproxy'), file = join(folder, 'haproxy.cfg');
  const nodes = nodePorts.map((node, i) => `  server node${i + 1} 127.0.0.1:${node}`).join('\n');
  const text = readFileSync(shipped, 'utf8').replace(/bind 127\.0\.0\.1:\d+/, `bind 127.0.0.1:${port}`).replace(/( {2}server node\d+ .*\n)+/, `${nodes}\n`);
  writeFileSync(file, text);
  const server = await startProcess('haproxy', 'haproxy', ['-db', '-f', file], { ready: async () => (await probe(port, 'GET /livez HTTP/1.0\r\n\r\n')) !== null });
  return { url: `http://127.0.0.1:${port}`, port, log: () => server.log(), async stop() { await server.stop('SIGTERM'); removeFolder(folder); } };
}
