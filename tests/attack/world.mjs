// A server with something to steal, and a user who may not have it. Whatever an attack sends, the log must not repeat
// its secrets, and the server must still be what it was.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { Client } from '../lib/client.mjs';
import { appKey, startServer } from '../lib/server.mjs';

export const passwords = { root: 'admin123', mia: 'mia-secret-77', eve: 'eve-secret-99' };
export const hiddenText = 'hidden-value-4711';

/** Starts the world of one test file; its members are there when the tests run. */
export function openWorld(env = {}) {
  const world = { secrets: new Set([...Object.values(passwords), appKey]) };
  before(async () => {
    world.server = await startServer({ env: { LOGGER_LEVEL: 'debug', LOGGER_FORMAT: 'json', LOGGER_TRANSPORT: 'console', FLOTILLA_SIGN_IN_FAILURES_PER_ADDRESS: '0', FLOTILLA_SIGN_IN_FAILURES_PER_ACCOUNT: '0', ...env }, logBytes: 64_000_000 });
    world.port = world.server.port;
    world.root = await signedIn('nocobase', passwords.root);
    for (const name of ['mia', 'eve'])
      world[`${name}Id`] = (await world.root.data('POST', '/api/users:create', { username: name, email: `${name}@example.com`, password: passwords[name] })).id;
    for (const name of ['mia', 'eve']) world[name] = await signedIn(name, passwords[name]);
    await world.root.data('POST', '/api/collections:create', {
      name: 'papers', createdBy: true, fields: [
        { name: 'title', type: 'string' }, { name: 'pages', type: 'integer' }, { name: 'meta', type: 'json' }, { name: 'tags', type: 'array' },
        { name: 'due', type: 'date' }, { name: 'open', type: 'boolean' }, { name: 'hiddenNote', type: 'string', hidden: true }, { name: 'pin', type: 'password' },
        { name: 'owner', type: 'belongsTo', target: 'users', foreignKey: 'ownerId' },
      ],
    });
    for (let i = 1; i <= 5; ++i)
      await world.root.data('POST', '/api/papers:create', { title: `paper ${i}`, pages: i, meta: { kind: 'draft', level: i }, tags: ['a', `t${i}`], due: '2026-01-02T03:04:05.000Z', open: true, hiddenNote: hiddenText, pin: 'pin-5566' });
    world.secrets.add('pin-5566');
  });
  const signedIn = async (account, password) => {
    const client = new Client(world.server.url);
    await client.signIn(account, password);
    world.secrets.add(client.token);
    return client;
  };
  world.as = (token) => Object.assign(new Client(world.server.url), { token });
  world.nobody = () => new Client(world.server.url);
  /** Puts a secret that an attack sends under watch. */
  world.watch = (text) => { world.secrets.add(text); return text; };
  after(async () => {
    try {
      assert.equal(world.server.ended(), null, world.server.logs().slice(-4000));
      // Root is still root, the others are what they were, and nothing is gone.
      const root = await signedIn('nocobase', passwords.root);
      assert.equal((await root.get('/api/papers:list')).body.meta.count >= 5, true);
      for (const name of ['mia', 'eve']) {
        const client = await signedIn(name, passwords[name]);
        assert.deepEqual((await client.data('GET', '/api/auth:check')).roles.map((role) => role.name), ['member'], `${name} has gained a role`);
      }
      const log = world.server.logs();
      for (const secret of world.secrets) assert.ok(!log.includes(secret), `the log has the secret ${secret.slice(0, 12)}…: ${log.slice(Math.max(0, log.indexOf(secret) - 200), log.indexOf(secret) + 20)}`);
      assert.ok(!/"level":"error"/.test(log), log.split('\n').filter((line) => line.includes('"level":"error"')).slice(0, 5).join('\n'));
    } finally {
      await world.server.stop();
    }
  });
  return world;
}

export const codeOf = (answer) => answer.body?.errors?.[0]?.code;

export function assertRefused(answer, statuses, what) {
  assert.ok([statuses].flat().includes(answer.status), `${what}: ${answer.status} ${answer.text?.slice(0, 300)}`);
}
