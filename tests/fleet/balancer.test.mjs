// Two nodes behind the balancers' configurations that deploy/ ships.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Client } from '../lib/client.mjs';
import { freePort } from '../lib/server.mjs';
import { startHaproxy } from '../lib/servers/haproxy.mjs';
import { startNginx } from '../lib/servers/nginx.mjs';
import { Socket } from '../lib/websocket.mjs';
import { openFleet, until } from './fleet.mjs';

for (const [name, startBalancer] of [['nginx', startNginx], ['HAProxy', startHaproxy]]) {
  test(`${name}: any node answers any request, and a killed one is not noticed by who reads`, async (t) => {
    const fleet = openFleet(t);
    const one = await fleet.start(), two = await fleet.start();
    const balancer = await startBalancer(await freePort(), [one.port, two.port]);
    t.after(() => balancer.stop());
    const client = new Client(balancer.url);
    await until('both nodes are taken', async () => (await client.get('/api/__health_check')).status === 200);
    await client.signIn();
    await client.data('POST', '/api/collections:create', { name: 'notes', fields: [{ name: 'text', type: 'string' }] });
    for (let i = 0; i < 20; ++i) await client.data('POST', '/api/notes:create', { text: `note ${i}` });
    for (let i = 0; i < 20; ++i) assert.equal((await client.get('/api/notes:list')).body.meta.count, 20);
    for (const node of [one, two]) assert.match(node.logs(), /notes:list/, `no list reached the node at ${node.port}`);

    const statuses = new Map();
    let reading = true;
    const readers = Array.from({ length: 4 }, async () => {
      while (reading) {
        const { status } = await client.get('/api/notes:list?pageSize=1');
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    });
    const some = () => [...statuses.values()].reduce((sum, count) => sum + count, 0);
    await until('readers read', async () => some() > 50);
    await one.kill('SIGKILL');
    const before = some();
    await until('readers go on', async () => some() > before + 100);
    reading = false;
    await Promise.all(readers);
    assert.deepEqual([...statuses.keys()], [200], JSON.stringify([...statuses]));
  });

  test(`${name}: WebSockets pass, the probes of a node do not`, async (t) => {
    const fleet = openFleet(t);
    const node = await fleet.start();
    const balancer = await startBalancer(await freePort(), [node.port]);
    t.after(() => balancer.stop());
    const client = new Client(balancer.url);
    await until('the node is taken', async () => (await client.get('/api/__health_check')).status === 200);
    for (const path of ['/livez', '/readyz', '/startupz', '/metrics']) assert.equal((await client.get(path)).status, 404, path);
    assert.equal((await new Client(node.url).get('/readyz')).status, 200);
    const socket = await Socket.open(balancer.port);
    socket.wire.destroy();
  });
}
