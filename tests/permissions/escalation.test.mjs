// Nobody gets more than they were given by writing about users and roles.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openWorld, statusOf } from './world.mjs';

let world, root;
before(async () => { world = await openWorld(); root = world.root; });
after(() => world?.stop());
const rolesOf = async (id) => (await root.data('GET', `/api/users/${id}/roles:list`)).map((role) => role.name).sort();

test('a strategy that creates and updates everything makes no roles and gives none', async () => {
  await world.role('all', { strategy: { actions: '*' } });
  const client = await world.user('all');
  assert.equal(await statusOf(client, 'POST', '/api/roles:create', { name: 'mine', snippets: ['pm.*'] }), 403);
  assert.equal(await statusOf(client, 'POST', '/api/roles:update?filterByTk=all', { snippets: ['pm.*'] }), 403);
  assert.equal(await statusOf(client, 'GET', '/api/roles:list'), 200);
  for (const [path, body] of [[`/api/users/${client.id}/roles:add`, ['admin']], ['/api/roles/admin/users:add', [client.id]], ['/api/rolesUsers:create', { userId: client.id, roleName: 'admin' }],
    ['/api/roles/admin/users:create', { username: 'below', password: 'secret-12345' }], [`/api/roles/all/users:update?filterByTk=${client.id}`, { rolesUsers: { default: true } }],
    [`/api/users/${client.id}/roles:destroy?filterByTk=all`, undefined]])
    assert.equal(await statusOf(client, 'POST', path, body), 403, path);
  await client.request('POST', `/api/users:update?filterByTk=${client.id}`, { nickname: 'n', roles: ['admin'] });
  await client.request('POST', `/api/users:update?filterByTk=${client.id}&updateAssociationValues[]=roles`, { roles: [{ name: 'admin', title: 'x' }] });
  assert.deepEqual(await rolesOf(client.id), ['all']);
  await client.request('POST', `/api/users:update?filterByTk=${client.id}`, { resetToken: 'chosen' });
  const hidden = await root.get('/api/users:list?filter=' + encodeURIComponent('{"resetToken":"chosen"}'));
  assert.deepEqual(hidden.body.data, []);
  const made = await client.data('POST', '/api/users:create', { username: 'made', password: 'secret-12345', roles: ['admin'] });
  assert.deepEqual(await rolesOf(made.id), ['member']);
  const post = await client.data('POST', '/api/posts:create?updateAssociationValues[]=createdBy&updateAssociationValues[]=createdBy.roles', { title: 'x', createdBy: { id: client.id, roles: ['admin'] } });
  assert.ok(post.id);
  assert.deepEqual(await rolesOf(client.id), ['all']);
});

test('who may assign roles, may not assign root; not even root may', async () => {
  const client = await world.user('admin');
  const other = await world.user('member');
  assert.equal(await statusOf(client, 'POST', `/api/users/${other.id}/roles:add`, ['admin']), 200);
  assert.deepEqual(await rolesOf(other.id), ['admin', 'member']);
  for (const who of [client, root]) {
    for (const [path, body] of [
      [`/api/users/${other.id}/roles:add`, ['root']], [`/api/users/${other.id}/roles:set?filterByTk=root`, undefined], ['/api/roles/root/users:add', [other.id]],
      [`/api/users:update?filterByTk=${other.id}`, { roles: ['root'] }], [`/api/users:update?filterByTk=${other.id}`, { roles: [{ name: 'root' }] }],
      ['/api/users:create', { username: 'r', password: 'secret-12345', roles: ['member', 'root'] }],
      ['/api/roles:update?filterByTk=member', { name: 'root', users: [other.id] }],
    ]) assert.equal(await statusOf(who, 'POST', path, body), 403, path);
  }
  assert.deepEqual(await rolesOf(other.id), ['admin', 'member']);
});

test('only root says how root signs in', async () => {
  const client = await world.user('admin');
  assert.deepEqual(await client.data('POST', '/api/users:update?filterByTk=1', { password: 'taken-12345' }), []);
  assert.deepEqual(await client.data('POST', '/api/users:update?filterByTk=1', { email: 'taken@example.com' }), []);
  assert.equal((await client.data('POST', '/api/users:update?filterByTk=1', { nickname: 'Root' }))[0].nickname, 'Root');
  assert.equal((await root.data('POST', '/api/auth:signIn', { account: 'nocobase', password: 'admin123' })).user.email, 'admin@nocobase.com');
});

test('what everybody may call shows nothing that hangs on it', async () => {
  const answer = await root.request('GET', '/api/themeConfig:list?appends=createdBy&fields=uid', undefined, { authorization: '' });
  assert.equal(answer.status, 200);
  assert.ok(answer.body.data.every((row) => !('createdBy' in row)));
});

test('rows that the server stands on stay, whoever asks', async () => {
  const scopes = await root.data('GET', '/api/dataSourcesRolesResourcesScopes:list');
  const own = scopes.find((scope) => scope.key === 'own');
  for (const path of [`dataSourcesRolesResourcesScopes:destroy?filterByTk=${own.id}`, `dataSources/main/rolesResourcesScopes:destroy?filterByTk=${own.id}`, 'roles:destroy?filterByTk=member', 'users:destroy?filterByTk=1', 'collections:destroy?filterByTk=users'])
    assert.equal(await statusOf(root, 'POST', `/api/${path}`), 403, path);
});

test('one role at most is the default', async () => {
  await root.data('POST', '/api/roles:create', { name: 'starter', title: 'starter', default: true });
  const marked = (await root.data('GET', '/api/roles:list?paginate=false')).filter((role) => role.default).map((role) => role.name);
  assert.deepEqual(marked, ['starter']);
  await root.data('POST', '/api/roles:update?filterByTk=member', { default: true });
});
