// Runs a command with real servers beside it:  node tests/lib/with_servers.mjs redis7 postgres -- command…
// Each is in FLOTILLA_TEST_<NAME>_URL. They end with the command, whose exit code is this one's.
import { spawn } from 'node:child_process';
import { startMariadb } from './servers/mariadb.mjs';
import { startPostgres } from './servers/postgres.mjs';
import { startRabbit } from './servers/rabbitmq.mjs';
import { startRedis } from './servers/redis.mjs';

export const starters = {
  redis7: () => startRedis({ version: 7, durable: false }),
  redis8: () => startRedis({ version: 8, durable: false }),
  postgres: () => startPostgres(),
  mariadb: () => startMariadb(),
  rabbitmq3: () => startRabbit({ version: 3 }),
  rabbitmq4: () => startRabbit({ version: 4 }),
};

/** Starts them at once; answers {env, stop}. */
export async function startServers(names) {
  const unknown = names.filter((name) => !(name in starters));
  if (unknown.length) throw new Error(`no such server: ${unknown.join(', ')} (takes ${Object.keys(starters).join(', ')})`);
  const servers = await Promise.all(names.map((name) => starters[name]()));
  const env = Object.fromEntries(names.map((name, i) => [`FLOTILLA_TEST_${name.toUpperCase()}_URL`, servers[i].url]));
  return { env, servers, stop: () => Promise.all(servers.map((server) => server.stop())) };
}

async function main() {
  const cut = process.argv.indexOf('--');
  if (cut < 0 || cut === process.argv.length - 1) throw new Error('usage: with_servers.mjs <server>… -- <command>…');
  const { env, stop } = await startServers(process.argv.slice(2, cut));
  const [command, ...args] = process.argv.slice(cut + 1);
  const child = spawn(command, args, { stdio: 'inherit', env: { ...process.env, ...env } });
  const code = await new Promise((done) => child.on('error', (error) => { console.error(error.message); done(127); }).on('exit', (status, signal) => done(signal ? 128 : status)));
  await stop();
  process.exit(code);
}

if (import.meta.url === `file://${process.argv[1]}`) await main();
