// What is looked at in the background can be looked at on every technology.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { startDatabase } from '../lib/databases.mjs';
import { startServer } from '../lib/server.mjs';
import { startRabbit } from '../lib/servers/rabbitmq.mjs';
import { startRedis } from '../lib/servers/redis.mjs';
import { until } from '../fleet/fleet.mjs';
import { parseExposition, total } from './lib/exposition.mjs';

const started = async (t, server) => { t.after(() => server.stop()); return server; };

const backends = {
  async SQLite() { return {}; },
  async PostgreSQL(t) { return (await started(t, await startDatabase('postgres'))).env; },
  async MariaDB(t) { return (await started(t, await startDatabase('mariadb'))).env; },
  async Redis(t) {
    const { url } = await started(t, await startRedis({ version: 7, durable: false }));
    return { REDIS_URL: url, QUEUE_ADAPTER: 'redis', PUBSUB_ADAPTER: 'redis', LOCK_ADAPTER_DEFAULT: 'redis', CACHE_DEFAULT_STORE: 'redis' };
  },
  async RabbitMQ(t) {
    const { url } = await started(t, await startRabbit({ version: 3 }));
    return { QUEUE_ADAPTER: 'rabbitmq', QUEUE_ADAPTER_RABBITMQ_URL: url };
  },
};

for (const [name, start] of Object.entries(backends)) {
  test(`queue, outbox, pools and nodes are looked at with ${name}`, async (t) => {
    const env = await start(t);
    const node = await started(t, await startServer({ env: { ...env, FLOTILLA_METRICS_INTERVAL_MS: '100' } }));
    let families;
    await until('a look at the queue', async () => {
      families = parseExposition(await (await fetch(`${node.url}/metrics`)).text());
      return families.get('flotilla_fleet_nodes').samples.length > 0 && families.get('flotilla_queue_messages').samples.length > 0;
    });
    assert.deepEqual(families.get('flotilla_measure_failures_total').samples, []);
    const states = families.get('flotilla_queue_messages').samples.map(({ labels }) => labels.state).sort();
    assert.deepEqual(states, name === 'RabbitMQ' ? ['dead', 'ready'] : ['dead', 'delayed', 'ready', 'running']);
    assert.equal(total(families, 'flotilla_queue_messages'), 0);
    assert.equal(total(families, 'flotilla_outbox_pending'), 0);
    assert.equal(total(families, 'flotilla_fleet_nodes'), 1);
    const pools = families.get('flotilla_database_connections').samples;
    assert.equal(pools.length, ['PostgreSQL', 'MariaDB'].includes(name) ? 6 : 0);
  });
}
