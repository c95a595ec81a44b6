// Tokens rise, and no accepted write carries an older token than one accepted before: while holders are stopped for longer
// than their lease between taking the lock and writing, and the server is killed.   RIG_FULL=1, RIG_ADAPTERS, SEED
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import test from 'node:test';
import { checkGrants, checkRegister, checkRising } from './checkers/locks.mjs';
import { full, openRig, size, sleep } from './lib/rig.mjs';

const adapters = (process.env.RIG_ADAPTERS ?? (full ? 'sqlite,postgres,mariadb,redis7,redis8' : 'sqlite,postgres,redis8')).split(',');
const clients = 8, ttl = 200, keys = 4;

/** The protected register: takes `write KEY TOKEN WHO`, and with `fencing` refuses a token older than the newest it saw. */
async function openRegister(t, fencing) {
  const writes = [], newest = new Map();
  const server = createServer((socket) => {
    let text = '';
    socket.on('error', () => {}).setNoDelay(true).setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
      for (let end; (end = text.indexOf('\n')) >= 0; text = text.slice(end + 1)) {
        const [, key, number, by] = text.slice(0, end).split(' ');
        const token = BigInt(number);
        const accepted = !fencing || token >= (newest.get(key) ?? 0n);
        if (accepted && token > (newest.get(key) ?? 0n)) newest.set(key, token);
        writes.push({ key, token, by, accepted });
        socket.write(accepted ? 'ok\n' : 'fenced\n');
      }
    });
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  t.after(() => server.close());
  return { port: server.address().port, writes };
}

async function run(t, adapter, { fencing, runMs, until }) {
  const rig = await openRig(t, adapter);
  const register = await openRegister(t, fencing);
  const holders = Array.from({ length: clients }, (_, i) => rig.start(`h${i}`, 'hold-locks', { keys, ttl, register: register.port, work: 20 }));
  await Promise.all(holders.map((own) => rig.ready(own)));
  const end = Date.now() + runMs;
  let pauses = 0, restarts = 0, nextRestart = Date.now() + size(2_500, 6_000);
  while (Date.now() < end && !until?.(register.writes)) {
    const own = rig.random.pick(holders.filter((one) => !one.paused));
    own.pause();
    ++pauses;
    setTimeout(() => own.resume(), rig.random.between(0, 5 * ttl));
    await sleep(rig.random.between(20, 100));
    if (rig.server && Date.now() > nextRestart) {
      await rig.server.restart('SIGKILL');
      ++restarts;
      nextRestart = Date.now() + size(2_500, 6_000);
    }
    // Somebody must be awake.
    while (holders.filter((one) => one.paused).length > clients - 3) await sleep(20);
  }
  await sleep(5 * ttl + 100);
  for (const own of holders) await rig.finish(own);
  const grants = holders.flatMap((own) => rig.lines(own.name).filter(([word]) => word === 'granted').map(([, key, token]) => ({ key, token: BigInt(token), by: own.name })));
  console.log(`# ${adapter}: ${grants.length} grants, ${register.writes.length} writes, ${register.writes.filter((w) => !w.accepted).length} fenced off, ${pauses} pauses, ${restarts} kills of the server`);
  return { writes: register.writes, grants };
}

for (const adapter of adapters) {
  test(`locks on ${adapter}: ${clients} clients, ${keys} keys, lease ${ttl} ms, pauses up to ${5 * ttl} ms`, async (t) => {
    const { writes, grants } = await run(t, adapter, { fencing: true, runMs: size(8_000, 60_000) });
    assert.ok(grants.length > size(50, 1000), `only ${grants.length} grants: nothing was tested`);
    assert.deepEqual(checkRegister(writes), []);
    assert.deepEqual(checkGrants(grants), []);
    assert.deepEqual(checkRising(grants), []);
  });
}

test(`locks without fencing: the checker sees the lost update within 60 s`, async (t) => {
  const { writes } = await run(t, adapters[0], { fencing: false, runMs: 60_000, until: (seen) => checkRegister(seen).length > 0 });
  assert.notDeepEqual(checkRegister(writes), [], 'the rig cannot see what it is there for');
});
