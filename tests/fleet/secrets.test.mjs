// The secret that tokens are signed with is the fleet's: no node makes one for itself, and none joins with another.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { nodesSeenBy, openFleet, shared } from './fleet.mjs';

for (const [what, key] of [['no APP_KEY', ''], ['a published example as APP_KEY', 'your-secret-key']])
  test(`${what} in a fleet: the start is refused, and no random key is made`, async (t) => {
    const fleet = openFleet(t);
    const { code, error, out } = await fleet.run(['start'], { APP_KEY: key });
    assert.notEqual(code, 0);
    assert.match(error + out, /APP_KEY: (is not set|is a published example).*set the same APP_KEY on every node/);
    assert.ok(!existsSync(join(fleet.folder, 'storage/apps/main/jwt_secret.dat')));
    const doctor = await fleet.run(['doctor'], { APP_KEY: key });
    assert.notEqual(doctor.code, 0);
    assert.match(doctor.out, /secret.*nodes of a fleet need the same one/);
  });

test('a node with another APP_KEY does not join: it names the variable, and not the keys', async (t) => {
  const fleet = openFleet(t);
  const first = await fleet.start();
  const other = 'another-key-0123456789-0123456789';
  const { code, error, out } = await fleet.run(['start'], { APP_KEY: other });
  assert.notEqual(code, 0);
  assert.match(error + out, /signs tokens with another secret: set the same APP_KEY on every node/);
  assert.ok(!(error + out).includes(other));
  assert.equal((await nodesSeenBy(first)).length, 1);
});

test('a node alone makes its key in the storage folder; a fleet goes on with it', async (t) => {
  const fleet = openFleet(t, {});
  const alone = await fleet.start({ APP_KEY: '' });
  await alone.kill('SIGTERM');
  const nodes = [await fleet.start({ ...shared, APP_KEY: '' }), await fleet.start({ ...shared, APP_KEY: '' })];
  assert.equal((await nodesSeenBy(nodes[0])).length, 2);
});
