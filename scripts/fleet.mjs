// Holds a fleet until SIGTERM: servers, three nodes, nginx.   node scripts/fleet.mjs <folder for logs and state>
// scripts/fleet.sh starts and ends it.
import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { binary, sleep } from '../tests/lib/server.mjs';
import { startNginx } from '../tests/lib/servers/nginx.mjs';
import { startPostgres } from '../tests/lib/servers/postgres.mjs';
import { startRabbit } from '../tests/lib/servers/rabbitmq.mjs';
import { startRedis } from '../tests/lib/servers/redis.mjs';

const state = resolve(process.argv[2]);
const balancerPort = 13000;
const plan = [
  { name: 'node1', port: 13001, mode: '!' },
  { name: 'node2', port: 13002, mode: '!' },
  { name: 'worker', port: 13003, mode: '*' },
];

function startNode({ name, port, mode }, env) {
  const child = spawn(binary, ['start'], { cwd: state, env: { ...env, APP_PORT: String(port), WORKER_MODE: mode }, stdio: ['ignore', 'pipe', 'pipe'] });
  const log = createWriteStream(join(state, `${name}.log`));
  child.stdout.pipe(log);
  child.stderr.pipe(log);
  return { name, port, mode, child, ended: new Promise((done) => child.on('exit', (code, signal) => done(signal ?? code))) };
}

async function untilReady(node) {
  for (;;) {
    const dead = await Promise.race([node.ended, sleep(50).then(() => undefined)]);
    if (dead !== undefined) throw new Error(`${node.name} ended (${dead}); its log is ${join(state, `${node.name}.log`)}`);
    const answer = await fetch(`http://127.0.0.1:${node.port}/readyz`).catch(() => null);
    if (answer?.status === 200) return;
  }
}

const [postgres, redis, rabbit] = await Promise.all([startPostgres(), startRedis({ version: 8 }), startRabbit({ version: 4 })]);
mkdirSync(join(state, 'storage'), { recursive: true });
const env = {
  PATH: process.env.PATH, APP_KEY: 'a-key-for-a-fleet-on-one-machine-only', APP_HOST: '127.0.0.1', STORAGE_PATH: join(state, 'storage'), APP_ENV: 'production',
  LOGGER_TRANSPORT: 'console', DB_DIALECT: 'postgres', DB_HOST: '127.0.0.1', DB_PORT: String(postgres.port), DB_DATABASE: 'flotilla', DB_USER: 'flotilla',
  DB_PASSWORD: 'flotilla', REDIS_URL: redis.url, CACHE_DEFAULT_STORE: 'redis', PUBSUB_ADAPTER: 'redis', LOCK_ADAPTER_DEFAULT: 'redis',
  QUEUE_ADAPTER: 'rabbitmq', QUEUE_ADAPTER_RABBITMQ_URL: rabbit.url,
};
const nodes = plan.map((one) => startNode(one, env));
let nginx;

async function end(code) {
  // The balancer first, then nodes, then what they stand on.
  await nginx?.stop();
  nodes.forEach(({ child }) => child.kill('SIGTERM'));
  await Promise.all(nodes.map((node) => node.ended));
  await Promise.all([postgres, redis, rabbit].map((server) => server.stop()));
  process.exit(code);
}
process.removeAllListeners('SIGTERM');
process.removeAllListeners('SIGINT');
for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => end(0));

try {
  await Promise.all(nodes.map(untilReady));
  nginx = await startNginx(balancerPort, plan.filter(({ mode }) => mode === '!').map(({ port }) => port));
} catch (error) {
  console.error(error.message);
  await end(1);
}
writeFileSync(join(state, 'ready'), `
the fleet runs; make fleet-down ends it
  application   http://127.0.0.1:${balancerPort}   nginx in front of two nodes; sign in as nocobase / admin123
${plan.map(({ name, port, mode }) => `  ${name.padEnd(13)} http://127.0.0.1:${port}   WORKER_MODE=${mode}, log ${join(state, `${name}.log`)}`).join('\n')}
  PostgreSQL    ${postgres.url}
  Redis         ${redis.url}
  RabbitMQ      ${rabbit.url}
nodes as the fleet sees them:
  TOKEN=$(curl -s http://127.0.0.1:${balancerPort}/api/auth:signIn -H 'Content-Type: application/json' -d '{"account":"nocobase","password":"admin123"}' | sed 's/.*"token":"\\([^"]*\\)".*/\\1/')
  curl -s -H "Authorization: Bearer $TOKEN" http://127.0.0.1:${balancerPort}/api/fleet:nodes
`);
