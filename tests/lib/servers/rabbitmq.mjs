// RabbitMQ 3 (Debian 12's) and RabbitMQ 4 (Debian 13's, in its folder), each with a port mapper of its own.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { debian13 } from './debian13.mjs';
import { freePort, probe, removeFolder, scratchFolder, startProcess } from './process.mjs';

const amqpHeader = Buffer.from('AMQP\x00\x00\x09\x01', 'latin1');

/** Answers {url, port, stop, kill, restart, pause, resume}. Queues and messages outlive a restart. */
export async function startRabbit({ version = 3, port } = {}) {
  const folder = scratchFolder('rabbitmq');
  const [own, dist, epmdPort] = [port ?? (await freePort()), await freePort(), await freePort()];
  const home = join(folder, 'home');
  mkdirSync(home);
  writeFileSync(join(folder, 'plugins'), '[].\n');
  writeFileSync(join(folder, 'rabbitmq.conf'), 'disk_free_limit.absolute = 50MB\nvm_memory_high_watermark.absolute = 1GB\n');
  const env = {
    HOME: home, LANG: 'C.UTF-8', ERL_EPMD_ADDRESS: '127.0.0.1', ERL_EPMD_PORT: String(epmdPort), RABBITMQ_NODENAME: `n${own}@localhost`,
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1', RABBITMQ_NODE_PORT: String(own), RABBITMQ_DIST_PORT: String(dist),
    RABBITMQ_MNESIA_BASE: join(folder, 'data'), RABBITMQ_LOG_BASE: join(folder, 'log'), RABBITMQ_LOGS: '-', RABBITMQ_PID_FILE: join(folder, 'pid'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'plugins'), RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq'), RABBITMQ_CONF_ENV_FILE: join(folder, 'none'),
    // The distribution listens on loopback only; idle schedulers do not spin.
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1} +sbwt none +sbwtdcpu none +sbwtdio none',
  };
  const epmd = await startProcess('epmd', 'epmd', ['-port', String(epmdPort), '-address', '127.0.0.1'], { ready: () => listening(epmdPort) });
  const start = () => {
    const [command, args] = version === 4 ? debian13('/usr/lib/rabbitmq/bin/rabbitmq-server', [], folder) : ['/usr/lib/rabbitmq/bin/rabbitmq-server', []];
    return startProcess(`rabbitmq ${version}`, command, args, { env, timeoutMs: 120_000, ready: async () => (await probe(own, amqpHeader)) !== null });
  };
  let process = await start();
  return {
    version, port: own, url: `amqp://guest:guest@127.0.0.1:${own}/`, log: () => process.log(),
    pause: () => process.signal('SIGSTOP'), resume: () => process.signal('SIGCONT'),
    kill: () => process.stop('SIGKILL'),
    async start() { process = await start(); },
    async restart(signal = 'SIGKILL') { await process.stop(signal); process = await start(); },
    async stop() { await process.stop('SIGTERM', 30_000); await epmd.stop('SIGTERM'); removeFolder(folder); },
  };
}

const listening = async (port) => (await probe(port, Buffer.from([0, 1, 110]), 500)) !== null;
