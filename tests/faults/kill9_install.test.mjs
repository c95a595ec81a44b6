// kill -9 while an empty database is being filled: the next start finishes what is missing and serves.
//   FLOTILLA_INSTALL_KILLS=20 SEED=… node --test tests/faults/kill9_install.test.mjs
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { Client } from '../lib/client.mjs';
import { chosenSeed, countOf, Random } from '../lib/random.mjs';
import { sleep, startServer } from '../lib/server.mjs';

const rounds = countOf('FLOTILLA_INSTALL_KILLS', 20);
const seed = chosenSeed();
console.log(`SEED=${seed} FLOTILLA_INSTALL_KILLS=${rounds}`);

/** The shortest of three, so that a busy machine does not move the kills behind the end of the installation. */
async function timeOfInstall() {
  let took = Infinity;
  for (let i = 0; i < 2; ++i) {
    const began = performance.now();
    await (await startServer()).stop();
    took = Math.min(took, performance.now() - began);
  }
  const began = performance.now();
  const server = await startServer();
  took = Math.min(took, performance.now() - began);
  const client = new Client(server.url);
  await client.signIn();
  const names = (await client.data('GET', '/api/roles:list?paginate=false&sort=name')).map((role) => role.name);
  await server.stop();
  return { took, names };
}

test(`kill -9 of the first start, ${rounds} times`, async (t) => {
  const random = new Random(seed);
  const { took, names } = await timeOfInstall();
  let early = 0;
  for (let round = 0; round < rounds; ++round) {
    const folder = mkdtempSync(join(tmpdir(), 'flotilla-install-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const killAfterMs = random.below(Math.ceil(took));
    await t.test(`killed after ${killAfterMs} of ${Math.round(took)} ms`, async () => {
      const first = await startServer({ folder, waitForHealth: false });
      await sleep(killAfterMs);
      const how = await first.kill('SIGKILL');
      assert.equal(how.signal, 'SIGKILL', first.logs());
      if (!/listening/.test(first.logs())) ++early;
      const second = await startServer({ folder });
      try {
        const client = new Client(second.url);
        await client.signIn();
        const roles = await client.data('GET', '/api/roles:list?paginate=false&sort=name');
        assert.deepEqual(roles.map((role) => role.name), names);
        const users = await client.data('GET', '/api/users:list?paginate=false&appends=roles');
        assert.deepEqual(users.map((user) => [user.id, user.username]), [[1, 'nocobase']]);
        assert.deepEqual(users[0].roles.map((role) => role.name).sort(), ['admin', 'member', 'root']);
      } finally {
        await second.stop();
      }
    });
  }
  assert.ok(early > 0, 'every kill came after the installation: nothing was tested');
});
