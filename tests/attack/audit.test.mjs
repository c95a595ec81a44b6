// Who did what is written down: by whom, to which record, from where; what is secret is not.
import assert from 'node:assert/strict';
import test from 'node:test';
import { startServer } from '../lib/server.mjs';
import { Client } from '../lib/client.mjs';
import { until } from '../fleet/fleet.mjs';
import { openWorld, passwords } from './world.mjs';

const world = openWorld();
const where = (filter) => `filter=${encodeURIComponent(JSON.stringify(filter))}`;
const logs = (filter) => world.root.data('GET', `/api/auditLogs:list?paginate=false&sort=id&${where(filter)}`);

test('the creation, change and end of a record, with who, when, from where and by which request', async () => {
  const begun = Date.now();
  const headers = (id) => ({ 'x-request-id': id, 'x-forwarded-for': '198.51.100.7' });
  const made = await world.root.data('POST', '/api/papers:create', { title: 'written down', pages: 7, hiddenNote: 'hidden-1', pin: world.watch('pin-9988') }, headers('req-create'));
  await world.root.data('POST', `/api/papers:update?filterByTk=${made.id}`, { pages: 8, meta: { apiToken: world.watch('token-in-json-1'), kind: 'x' } }, headers('req-update'));
  await world.root.data('POST', `/api/papers:destroy?filterByTk=${made.id}`, undefined, headers('req-destroy'));
  const rows = await logs({ collectionName: 'papers', recordKey: String(made.id) });
  assert.deepEqual(rows.map((row) => [row.type, row.action, row.requestId]), [['create', 'papers:create', 'req-create'], ['update', 'papers:update', 'req-update'], ['destroy', 'papers:destroy', 'req-destroy']]);
  for (const row of rows) {
    assert.deepEqual([Number(row.userId), row.roleName, row.ip], [1, 'root', '198.51.100.7']);
    assert.ok(Date.parse(row.createdAt) >= begun - 1 && Date.parse(row.createdAt) <= Date.now() + 1, row.createdAt);
  }
  assert.equal(rows[0].changes.title, 'written down');
  assert.equal(rows[0].changes.pages, 7);
  assert.deepEqual([rows[0].changes.hiddenNote, rows[0].changes.pin], ['(hidden)', '(hidden)']);
  assert.equal(rows[1].changes.pages, 8);
  assert.deepEqual(rows[1].changes.meta, { apiToken: '(hidden)', kind: 'x' });
  const all = JSON.stringify(await logs({ collectionName: 'papers' }));
  for (const secret of ['hidden-1', 'pin-9988', 'token-in-json-1']) assert.ok(!all.includes(secret), secret);
});

test('nested records, links, many records at once, and what goes with a record', async () => {
  const root = world.root;
  await root.data('POST', '/api/collections:create', { name: 'shelves', fields: [{ name: 'name', type: 'string' }, { name: 'books', type: 'hasMany', target: 'books', foreignKey: 'shelfId', onDelete: 'CASCADE' }] });
  await root.data('POST', '/api/collections:create', { name: 'books', fields: [{ name: 'name', type: 'string' }] });
  const shelf = await root.data('POST', '/api/shelves:create', { name: 's', books: [{ name: 'a' }, { name: 'b' }] }, { 'x-request-id': 'req-nested' });
  const nested = await logs({ requestId: 'req-nested' });
  assert.deepEqual(nested.filter((row) => row.type === 'create').map((row) => row.collectionName), ['shelves', 'books', 'books'], 'in their order');
  assert.ok(nested.every((row) => row.type === 'create' || (row.collectionName === 'books' && 'shelfId' in row.changes)), JSON.stringify(nested));
  await root.data('POST', '/api/books:create', Array.from({ length: 450 }, (_, i) => ({ name: `n${i}` })), { 'x-request-id': 'req-many' });
  const many = await logs({ requestId: 'req-many' });
  assert.equal(new Set(many.map((row) => row.recordKey)).size, 450);
  await root.data('POST', `/api/shelves:destroy?filterByTk=${shelf.id}`, undefined, { 'x-request-id': 'req-cascade' });
  assert.deepEqual((await logs({ requestId: 'req-cascade' })).map((row) => [row.type, row.collectionName]).sort(), [['destroy', 'books'], ['destroy', 'books'], ['destroy', 'shelves']]);
  await root.data('POST', `/api/users/${world.eveId}/roles:add`, ['admin'], { 'x-request-id': 'req-role' });
  await root.data('POST', `/api/users/${world.eveId}/roles:remove`, ['admin'], { 'x-request-id': 'req-role-back' });
  const role = [...await logs({ requestId: 'req-role' }), ...await logs({ requestId: 'req-role-back' })];
  assert.deepEqual(role.map((row) => [row.type, row.collectionName]), [['create', 'rolesUsers'], ['destroy', 'rolesUsers']]);
  assert.ok(role.every((row) => row.recordKey.includes('admin') || row.changes.roleName === 'admin'), JSON.stringify(role));
});

test('a change that was refused by the database is not written down', async () => {
  const before = (await logs({ collectionName: 'users' })).length;
  assert.equal((await world.root.post('/api/users:create', { username: 'mia', password: 'again-123' })).status, 400);
  assert.equal((await logs({ collectionName: 'users' })).length, before);
});

test('sign-ins, failed ones, sign-outs, new passwords and refusals', async () => {
  const client = world.nobody();
  const from = { 'x-forwarded-for': '203.0.113.5' };
  assert.equal((await client.post('/api/auth:signIn', { account: 'mia', password: world.watch('wrong-5544') }, from)).status, 401);
  assert.equal((await client.post('/api/auth:signIn', { account: world.watch('typed-by-mistake-33'), password: 'x' }, from)).status, 401);
  const { token } = await client.data('POST', '/api/auth:signIn', { account: 'mia', password: passwords.mia }, from);
  world.watch(token);
  client.token = token;
  assert.equal((await client.post('/api/users:create', { username: 'x' }, from)).status, 403);
  await client.data('POST', '/api/auth:signOut', undefined, from);
  const key = String(world.miaId);
  let rows;
  await until('what was noted is written', async (show) => { rows = await logs({ ip: '203.0.113.5' }); show(rows); return rows.length >= 5; }, 5000);
  assert.deepEqual(rows.map((row) => [row.type, row.recordKey, row.userId && Number(row.userId)]).sort(), [
    ['refused', null, world.miaId], ['signIn', key, world.miaId], ['signInFailed', key, null], ['signInFailed', null, null], ['signOut', key, world.miaId]].sort());
  assert.ok(!JSON.stringify(rows).includes('typed-by-mistake-33'));
  await world.root.data('POST', `/api/users:update?filterByTk=${world.miaId}`, { password: passwords.mia }, { 'x-request-id': 'req-password' });
  const [row] = await logs({ requestId: 'req-password' });
  assert.equal(row.changes.password, '(hidden)');
});

test('secrets of authenticators, storages and variables are masked', async () => {
  const root = world.root;
  await root.data('POST', '/api/authenticators:create', { name: 'ldap', authType: 'LDAP', enabled: false, options: { url: 'ldap://x', bindPassword: world.watch('ldap-secret-1') } });
  await root.data('POST', '/api/environmentVariables:create', { name: 'SMTP', type: 'secret', value: world.watch('smtp-secret-2') });
  const all = JSON.stringify(await logs({ 'collectionName.$in': ['authenticators', 'environmentVariables'] }));
  assert.match(all, /ldap:\/\/x/);
  for (const secret of ['ldap-secret-1', 'smtp-secret-2']) assert.ok(!all.includes(secret), secret);
});

test('the audit can be switched off, and old rows go', async (t) => {
  const off = await startServer({ env: { FLOTILLA_AUDIT: 'off', LOGGER_LEVEL: 'warn' } });
  t.after(() => off.stop());
  const client = new Client(off.url);
  await client.signIn();
  await client.data('POST', '/api/users:create', { username: 'quiet', password: 'quiet-123' });
  assert.equal((await client.get('/api/auditLogs:list')).body.meta.count, 0);

  const first = await startServer({ env: { LOGGER_LEVEL: 'warn' } });
  const on = new Client(first.url);
  await on.signIn();
  await on.data('POST', '/api/users:create', { username: 'noted', password: 'noted-123' });
  assert.ok((await on.get('/api/auditLogs:list')).body.meta.count >= 2);
  const again = await first.restart({ FLOTILLA_AUDIT_KEEP: '1ms' });
  t.after(() => again.stop());
  const later = Object.assign(new Client(again.url), { token: on.token });
  await until('old rows are gone', async (show) => { const { body } = await later.get('/api/auditLogs:list'); show(body); return body.meta.count === 0; }, 10_000);
});
