// Redis 7 (Debian 12's) and Redis 8 (Debian 13's, in its folder).
import { debian13 } from './debian13.mjs';
import { freePort, probe, removeFolder, scratchFolder, startProcess } from './process.mjs';

/**
 * Answers {url, port, stop, kill, restart, pause, resume}. `durable`: every command is on the disk before it is answered.
 * `persistent: false` forgets everything at a restart.
 */
export async function startRedis({ version = 7, port, password, durable = true, persistent = true, args = [] } = {}) {
  const folder = scratchFolder('redis');
  const own = port ?? (await freePort());
  const options = ['--port', String(own), '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--daemonize', 'no', '--loglevel', 'notice',
    '--appendonly', persistent ? 'yes' : 'no', '--appendfsync', durable ? 'always' : 'everysec', '--maxmemory-policy', 'noeviction',
    ...(password ? ['--requirepass', password] : []), ...args];
  const start = () => {
    const [command, all] = version === 8 ? debian13('redis-server', options, folder) : ['redis-server', options];
    const hello = password ? `AUTH ${password}\r\nPING\r\n` : 'PING\r\n';
    return startProcess(`redis ${version}`, command, all, { ready: async () => String((await probe(own, hello)) ?? '').match(/^\+(PONG|OK)/) });
  };
  let process = await start();
  const server = {
    version, port: own, url: `redis://${password ? `:${password}@` : ''}127.0.0.1:${own}/0`,
    log: () => process.log(), pid: () => process.pid,
    pause: () => process.signal('SIGSTOP'), resume: () => process.signal('SIGCONT'),
    kill: () => process.stop('SIGKILL'),
    /** One command in the inline form; answers the raw reply. */
    command: async (text) => String(await probe(own, `${password ? `AUTH ${password}\r\n` : ''}${text}\r\n`)),
    async start() { process = await start(); },
    async restart(signal = 'SIGKILL') { await process.stop(signal); process = await start(); },
    async stop() { await process.stop(); removeFolder(folder); },
  };
  return server;
}
