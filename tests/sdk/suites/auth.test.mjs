import assert from 'node:assert/strict';
import {test} from 'node:test';
import {client, data, refused, root, signedIn} from '../lib/client.mjs';
import {fresh} from '../lib/fresh.mjs';

test('signIn gives a token that the client keeps and sends', async t => {
  const {url} = await fresh(t);
  const api = client(url);
  const answer = await data(api.auth.signIn(root, 'basic'));
  assert.equal(answer.user.username, 'nocobase');
  assert.equal(answer.user.id, 1);
  assert.equal(answer.user.password, undefined);
  assert.equal(api.auth.token, answer.token);
  assert.equal(api.storage.getItem('token'), answer.token);

  const me = await data(api.request({url: 'auth:check'}));
  assert.equal(me.email, 'admin@nocobase.com');
  assert.equal(me.nickname, 'Super Admin');
  assert.deepEqual(me.roles.map(r => r.name).sort(), ['admin', 'member', 'root']);
});

test('signIn takes the e-mail address too', async t => {
  const {url} = await fresh(t);
  for (const values of [{account: 'admin@nocobase.com', password: root.password}, {email: 'admin@nocobase.com', password: root.password}])
    assert.equal((await data(client(url).auth.signIn(values, 'basic'))).user.id, 1);
});

test('a wrong password, an unknown account and a missing one are refused without telling which', async t => {
  const {url} = await fresh(t);
  const api = client(url);
  const wrong = await refused(api.auth.signIn({account: 'nocobase', password: 'admin124'}, 'basic'));
  const unknown = await refused(api.auth.signIn({account: 'nobody', password: 'admin123'}, 'basic'));
  assert.deepEqual([wrong.status, unknown.status], [401, 401]);
  assert.equal(wrong.message, unknown.message);
  assert.equal((await refused(api.auth.signIn({password: 'x'}, 'basic'))).status, 400);
  assert.equal(api.auth.token, null);
});

test('a request without a token and one with a false token get 401 and a code', async t => {
  const {url} = await fresh(t);
  const api = client(url);
  const none = await refused(api.resource('users').list());
  assert.deepEqual([none.status, none.code], [401, 'EMPTY_TOKEN']);
  api.auth.token = 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ1c2VySWQiOjF9.AAAA';
  const forged = await refused(api.resource('users').list());
  assert.deepEqual([forged.status, forged.code], [401, 'INVALID_TOKEN']);
});

test('signOut blocks the token, not the other sessions of the user', async t => {
  const {url, api: other} = await fresh(t);
  const api = await signedIn(url);
  const {token} = api.auth;
  await api.auth.signOut();
  assert.equal(api.auth.token || null, null);
  api.auth.token = token;
  const answer = await refused(api.request({url: 'auth:check'}));
  assert.deepEqual([answer.status, answer.code], [401, 'BLOCKED_TOKEN']);
  assert.equal((await data(other.request({url: 'auth:check'}))).id, 1);
});

test('signUp makes a user with the default role; the same name twice is refused', async t => {
  const {url} = await fresh(t);
  const values = {username: 'alice', password: 'alice123', confirm_password: 'alice123'};
  await client(url).auth.signUp(values, 'basic');
  const alice = await signedIn(url, {account: 'alice', password: 'alice123'});
  const me = await data(alice.request({url: 'auth:check'}));
  assert.equal(me.username, 'alice');
  assert.deepEqual(me.roles.map(r => r.name), ['member']);

  const again = await refused(client(url).auth.signUp(values, 'basic'));
  assert.equal(again.status, 400);
  assert.match(again.message, /Username/);
  assert.equal((await refused(client(url).auth.signUp({...values, username: 'bob', confirm_password: 'other'}, 'basic'))).status, 400);
});

test('changing the password ends old sessions and the old password', async t => {
  const {url} = await fresh(t);
  await client(url).auth.signUp({username: 'alice', password: 'alice123', confirm_password: 'alice123'}, 'basic');
  const alice = await signedIn(url, {account: 'alice', password: 'alice123'});
  const change = values => alice.request({url: 'auth:changePassword', method: 'post', data: values});
  assert.equal((await refused(change({oldPassword: 'bad', newPassword: 'alice456', confirmPassword: 'alice456'}))).status, 401);
  assert.equal((await refused(change({oldPassword: 'alice123', newPassword: 'alice456', confirmPassword: 'x'}))).status, 400);
  await change({oldPassword: 'alice123', newPassword: 'alice456', confirmPassword: 'alice456'});
  assert.equal((await refused(client(url).auth.signIn({account: 'alice', password: 'alice123'}, 'basic'))).status, 401);
  assert.equal((await data(client(url).auth.signIn({account: 'alice', password: 'alice456'}, 'basic'))).user.username, 'alice');
});

test('a member views own records and writes none; everybody signed in sees who they are', async t => {
  const {url, api} = await fresh(t);
  await api.resource('collections').create({values: {name: 'notes', fields: [{name: 'title', type: 'string', interface: 'input'}]}});
  await client(url).auth.signUp({username: 'alice', password: 'alice123', confirm_password: 'alice123'}, 'basic');
  const alice = await signedIn(url, {account: 'alice', password: 'alice123'});
  assert.deepEqual((await data(alice.request({url: 'roles:check'}))).role, 'member');
  for (const act of [
    () => alice.resource('notes').create({values: {title: 'x'}}), () => alice.resource('notes').list(),
    () => alice.resource('collections').create({values: {name: 'other'}}), () => alice.resource('notes').destroy({filterByTk: 1}),
  ]) assert.equal((await refused(act())).status, 403);  // nobody is the creator of a note
  assert.deepEqual(await data(alice.resource('users').list()), []);  // she has created none
  alice.auth.role = 'admin';
  const foreign = await refused(alice.resource('notes').list());
  assert.deepEqual([foreign.status, foreign.code], [401, 'ROLE_NOT_FOUND_FOR_USER']);
});
