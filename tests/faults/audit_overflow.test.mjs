// The database stands still while more is refused than the audit can hold: what it could not take is counted and said.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Client } from '../lib/client.mjs';
import { keepAliveAgent } from '../lib/http.mjs';
import { startServer } from '../lib/server.mjs';
import { startDatabase } from '../lib/databases.mjs';
import { openProxy } from '../lib/proxy.mjs';
import { until } from '../fleet/fleet.mjs';

const bufferMax = 10_000, batchMs = 200;

test('every refusal is written down, or counted among the lost ones', async (t) => {
  const database = await startDatabase('postgres');
  t.after(() => database.stop());
  const agent = keepAliveAgent();
  t.after(() => agent.destroy());
  const proxy = await openProxy(t, database.server.port);
  const server = await startServer({ env: { ...database.env, DB_PORT: String(proxy.port), LOGGER_LEVEL: 'error' } });
  t.after(() => server.stop());
  const root = new Client(server.url, { agent });
  await root.signIn();
  await root.data('POST', '/api/users:create', { username: 'mia', password: 'mia-12345' });
  const mia = new Client(server.url, { agent, timeoutMs: 60_000 });
  await mia.signIn('mia', 'mia-12345');
  proxy.hold();
  let refused = 0;
  const begun = Date.now();
  await Promise.all(Array.from({ length: 32 }, async () => {
    // Who mia is, is remembered for ten seconds; then the database would be asked.
    while (refused < 2 * bufferMax && Date.now() - begun < 8_000) {
      ++refused;
      const { status } = await mia.post('/api/users:create', { username: 'x' });
      assert.equal(status, 403);
    }
  }));
  proxy.release();
  const rows = async (type) => {
    const answer = await root.get(`/api/auditLogs:list?paginate=false&fields[]=changes&filter={"type":"${type}"}`);
    return answer.status === 200 ? answer.body.data : [];
  };
  let written, lost;
  await until('all are accounted for', async (show) => {
    written = (await rows('refused')).length;
    lost = (await rows('lost')).reduce((sum, row) => sum + row.changes.entries, 0);
    show({ refused, written, lost });
    return written + lost === refused;
  }, 60_000);
  t.diagnostic(`${refused} refusals while the database stood still: ${written} written, ${lost} counted as lost`);
  if (refused > bufferMax + 2_000) {
    assert.ok(lost > 0);
    assert.match(server.logs(), /more was to be written down than the audit could take/);
  }
  assert.ok(written >= Math.min(refused, bufferMax), `${written} of ${refused} within ${batchMs} ms batches`);
});
