// A member who wants to be more.
import assert from 'node:assert/strict';
import test from 'node:test';
import { assertRefused, codeOf, openWorld, passwords } from './world.mjs';

const world = openWorld();

test('a role by header, cookie or query', async () => {
  for (const role of ['root', 'admin', 'Root', 'root,member', 'member,root', '*', "' OR 1=1 --", '{"$ne":null}', '../root']) {
    const answer = await world.mia.get('/api/roles:check', { 'x-role': role });
    assert.equal(answer.status, 401, `${role}: ${answer.text}`);
    assert.equal(codeOf(answer), 'ROLE_NOT_FOUND_FOR_USER');
  }
  for (const [headers, path] of [[{ 'x-role': '__union__' }, ''], [{ cookie: 'nb_role_main=root' }, ''], [{}, '?role=root'], [{}, '?currentRole=root&roleName=root'], [{ 'x-current-role': 'root' }, '']]) {
    const { roles } = await world.mia.data('GET', `/api/roles:check${path}`, undefined, headers);
    assert.deepEqual(roles, ['member'], JSON.stringify([headers, path]));
  }
  const nobody = await world.mia.get('/api/users:list', { 'x-role': 'anonymous' });
  assertRefused(nobody, [401, 403], 'anonymous sees no users');
});

test('what only root may do', async () => {
  for (const [path, body] of [
    ['/api/users:create', { username: 'mallory', password: 'x12345', roles: ['root'] }], [`/api/users:update?filterByTk=1`, { password: 'taken' }],
    ['/api/users:destroy?filterByTk=1'], ['/api/roles:create', { name: 'r_mine', snippets: ['pm.*'], strategy: { actions: ['*'] } }],
    ['/api/roles:update?filterByTk=member', { strategy: { actions: ['create', 'view', 'update', 'destroy'] } }], ['/api/roles:setSystemRoleMode', { roleMode: 'allow-use-union' }],
    ['/api/rolesUsers:create', { userId: 2, roleName: 'root' }], ['/api/roles/root/users:add', [2]], [`/api/users/2/roles:add`, ['root']], ['/api/users/2/roles:set', ['root']],
    ['/api/collections:create', { name: 'mine' }], ['/api/collections:destroy?filterByTk=papers'], ['/api/collections/users/fields:create', { name: 'x', type: 'string' }],
    ['/api/authenticators:update?filterByTk=1', { options: { public: { allowSignUp: true } } }], ['/api/authenticators:destroy?filterByTk=1'],
    ['/api/tokenControlConfig:update?filterByTk=token-policy-config', { config: { sessionExpirationTime: '1000y' } }], ['/api/systemSettings:put', { raw_title: 'mine' }],
    ['/api/tokenBlacklist:destroy', {}], ['/api/issuedTokens:create', {}], ['/api/environmentVariables:create', { name: 'X', value: 'y' }], ['/api/app:restart'],
  ]) assertRefused(await world.mia.post(path, body), [400, 403], path);
  for (const path of ['/api/auditLogs:list', '/api/issuedTokens:list', '/api/tokenBlacklist:list', '/api/fleet:nodes', '/api/apiKeys:list', '/api/flotillaSchema:list'])
    assertRefused(await world.mia.get(path), [403, 404], path);
});

test('default role: one of her own, and nothing else', async () => {
  await world.mia.post('/api/users:setDefaultRole', { roleName: 'root' });
  for (const roleName of ['root', '__union__', "root' --", null, { $ne: '' }, ['root']]) {
    await world.mia.post('/api/users:setDefaultRole', { roleName });
    const answer = await world.mia.get('/api/roles:check');
    assert.equal(answer.status, 200, answer.text);
    assert.deepEqual(answer.body.data.roles, ['member'], JSON.stringify(roleName));
  }
});

test('the profile and the sign-up form take only what is theirs', async () => {
  const more = { roles: ['root'], rolesUsers: [{ roleName: 'root' }], id: 1, password: 'overwritten', passwordChangeTz: 0, resetToken: 'known', createdById: 1, systemSettings: { a: 1 }, default: true };
  await world.mia.post('/api/users:updateProfile', { username: 'mia', nickname: 'Mia', ...more });
  const again = world.nobody();
  await again.signIn('mia', passwords.mia);
  const mia = await again.data('GET', '/api/auth:check');
  assert.equal(mia.id, world.miaId);
  assert.deepEqual(mia.roles.map((role) => role.name), ['member']);
  await world.nobody().post('/api/auth:signUp', { username: 'mallory', confirm_password: 'mallory-1', ...more, password: 'mallory-1' });
  const mallory = world.nobody();
  const user = await mallory.signIn('mallory', 'mallory-1');
  assert.notEqual(user.id, 1);
  assert.deepEqual((await mallory.data('GET', '/api/auth:check')).roles.map((role) => role.name), ['member']);
  assertRefused(await mallory.get('/api/users:list'), [200, 403], 'as a member');
});

test('other people through nested values', async () => {
  const answer = await world.mia.post('/api/papers:create?updateAssociationValues[]=owner', { title: 'mine', id: 1, createdById: 1, ownerId: 1, owner: { id: 1, password: 'taken', username: 'taken', roles: [] } });
  assertRefused(answer, [200, 400, 403], 'nested');
  await world.mia.post('/api/papers:update?filterByTk=1&updateAssociationValues[]=owner', { owner: { id: 1, nickname: 'taken' } });
  await world.mia.post('/api/papers/1/owner:update', { nickname: 'taken' });
  await world.mia.post('/api/papers:create', { title: 'x', owner: { username: 'nested', password: 'nested-1', roles: ['root'] } });
  const [root] = await world.root.data('GET', '/api/users:list?filter={"id":1}');
  assert.equal(root.username, 'nocobase');
  assert.notEqual(root.nickname, 'taken');
  const nested = await world.root.data('GET', '/api/users:list?filter={"username":"nested"}&appends[]=roles');
  for (const user of nested) assert.ok(!user.roles.some((role) => role.name === 'root'), 'a nested user with the role root');
});

test('nobody, not even root, writes what the server keeps for itself', async () => {
  for (const action of ['create', 'update', 'destroy', 'updateOrCreate', 'firstOrCreate', 'move'])
    assertRefused(await world.root.post(`/api/auditLogs:${action}?filter={"type":"create"}&filterKeys[]=type`, { type: 'forged' }), [400, 404], action);
  for (const collection of ['flotillaSchema', 'flotillaNumbering'])
    for (const action of ['create', 'update', 'destroy'])
      assertRefused(await world.root.post(`/api/${collection}:${action}?filter={"$and":[{"name.$ne":"x"}]}`, { name: 'x', epoch: 1 }), 400, `${collection}:${action}`);
});
