// A fleet on this machine as an operator's staging would be: PostgreSQL, Redis 8 and RabbitMQ 4 behind proxies whose links can be
// cut, three nodes, nginx with deploy/nginx's configuration; and a door through which the commands of a plan break it.
import { createServer } from 'node:http';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openProxy } from '../../lib/proxy.mjs';
import { binary, freePort, sleep, startServer } from '../../lib/server.mjs';
import { startNginx } from '../../lib/servers/nginx.mjs';
import { startPostgres } from '../../lib/servers/postgres.mjs';
import { removeFolder, scratchFolder } from '../../lib/servers/process.mjs';
import { startRabbit } from '../../lib/servers/rabbitmq.mjs';
import { startRedis } from '../../lib/servers/redis.mjs';

const readyTimeoutMs = 60_000;

const withoutRequests = (node) => node.logs().split('\n').filter((line) => !line.includes('"message":"request"')).slice(-40).join('\n');

async function untilReady(node) {
  const deadline = Date.now() + readyTimeoutMs;
  let said = 'nothing';
  while (Date.now() < deadline) {
    if (node.ended()) throw new Error(`a node ended (${JSON.stringify(node.ended())}) before it was ready:\n${withoutRequests(node)}`);
    const answer = await fetch(`${node.url}/readyz`, { signal: AbortSignal.timeout(1_000) }).catch(() => null);
    if (answer?.status === 200) return;
    said = (await answer?.text()) ?? said;
    await sleep(25);
  }
  throw new Error(`a node was not ready within ${readyTimeoutMs} ms: ${said}\n${withoutRequests(node)}`);
}

const withPort = (url, port) => { const out = new URL(url); out.port = String(port); return out.href; };

/** Answers {url, nodes, door, servers, logs}: `nodes` are {name, url}, `door` is the address of the breaker. */
export async function startFleet(t, { programs = [binary] } = {}) {
  const folder = scratchFolder('chaos');
  mkdirSync(join(folder, 'storage'));
  // Ended in the order of their use, also when the fleet does not come up.
  const ends = [() => removeFolder(folder)];
  t.after(async () => { for (const end of ends.reverse()) await end(); });
  const [postgres, redis, rabbitmq] = await Promise.all([startPostgres(), startRedis({ version: 8 }), startRabbit({ version: 4 })]);
  const servers = { postgres, redis, rabbitmq };
  ends.push(() => Promise.all(Object.values(servers).map((server) => server.stop())));
  const links = Object.fromEntries(await Promise.all(Object.entries(servers).map(async ([name, server]) => [name, await openProxy(t, server.port)])));
  const env = {
    // A machine that is slow refuses what a node that is broken must not: tests/overload has that promise.
    FLOTILLA_OVERLOAD: 'false',
    STORAGE_PATH: join(folder, 'storage'), APP_ENV: 'production', LOGGER_LEVEL: 'info', LOGGER_TRANSPORT: 'console',
    DB_DIALECT: 'postgres', DB_HOST: '127.0.0.1', DB_PORT: String(links.postgres.port), DB_DATABASE: 'flotilla', DB_USER: 'flotilla', DB_PASSWORD: 'flotilla',
    REDIS_URL: withPort(redis.url, links.redis.port), CACHE_DEFAULT_STORE: 'redis', PUBSUB_ADAPTER: 'redis', LOCK_ADAPTER_DEFAULT: 'redis',
    QUEUE_ADAPTER: 'rabbitmq', QUEUE_ADAPTER_RABBITMQ_URL: withPort(rabbitmq.url, links.rabbitmq.port),
  };
  const places = await Promise.all([1, 2, 3].map(async (n) => ({ name: `node${n}`, port: await freePort(), program: programs[0] })));
  const start = async (place) => {
    if (place.server && !place.server.ended()) return;
    place.server = await startServer({ folder, port: place.port, env, binary: place.program, waitForHealth: false });
    await untilReady(place.server);
  };
  ends.push(() => Promise.all(places.map(async ({ server }) => {
    if (!server || server.ended()) return;
    process.kill(server.pid, 'SIGCONT');
    await server.stop();
  })));
  await Promise.all(places.map(start));
  const nginx = await startNginx(await freePort(), places.map(({ port }) => port));
  ends.push(() => nginx.stop());

  // Faults of nodes go round: each hits the next one.
  let turn = 0, struck = places[0];
  const next = () => (struck = places[turn++ % places.length]);
  const upgradeOneByOne = async () => {
    for (const place of places) {
      place.program = programs[(programs.indexOf(place.program) + 1) % programs.length];
      await place.server.kill('SIGTERM');
      await start(place);
    }
  };
  // nginx lets nodes rest for a second that were not ready (fail_timeout), and answers 502 while all of them rest.
  const back = async () => {
    await Promise.all(places.filter(({ server }) => !server.ended()).map(({ server }) => untilReady(server)));
    await sleep(1_100);
  };
  const actions = {
    kill: () => next().server.kill('SIGKILL'),
    term: () => next().server.kill('SIGTERM'),
    pause: () => { process.kill(next().server.pid, 'SIGSTOP'); },
    resume: () => { process.kill(struck.server.pid, 'SIGCONT'); },
    start: () => start(struck),
    upgrade: upgradeOneByOne,
    restart: async (name) => { await servers[name].restart('SIGKILL'); await back(); },
    cut: async (name) => { links[name].cut(); await back(); },
    hold: (name) => links[name].hold(),
    release: (name) => links[name].release(),
  };
  const door = createServer(async (request, response) => {
    const [, action, name] = request.url.split('/');
    const failure = await Promise.resolve().then(() => actions[action](name)).then(() => null, (error) => error);
    response.writeHead(failure ? 500 : 200).end(failure ? `${failure.message}\n` : 'done\n');
  });
  await new Promise((done) => door.listen(0, '127.0.0.1', done));
  ends.push(() => door.close());
  return {
    url: nginx.url, servers, door: `http://127.0.0.1:${door.address().port}`,
    pids: () => places.map(({ server }) => server.pid),
    nodes: places.map(({ name, port }) => ({ name, url: `http://127.0.0.1:${port}` })),
    logs: () => places.map(({ name, server }) => `--- ${name}\n${withoutRequests(server)}`).join('\n'),
  };
}
