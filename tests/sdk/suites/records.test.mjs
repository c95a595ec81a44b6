import assert from 'node:assert/strict';
import {test} from 'node:test';
import {defineBlog, fillBlog} from '../lib/blog.mjs';
import {data, refused} from '../lib/client.mjs';
import {fresh} from '../lib/fresh.mjs';

async function blog(t, {filled = true} = {}) {
  const {api} = await fresh(t);
  await defineBlog(api);
  if (filled) await fillBlog(api);
  return {api, posts: api.resource('posts'), tags: api.resource('tags')};
}

test('create answers the record with its defaults; get finds it', async t => {
  const {posts} = await blog(t, {filled: false});
  const made = await data(posts.create({values: {title: 'First', publishedAt: '2024-05-06T07:08:09.010Z', day: '2024-05-06', score: 0.1}}));
  assert.equal(made.id, 1);
  assert.deepEqual([made.status, made.views, made.score, made.published], ['draft', 0, 0.1, null]);
  assert.equal(made.publishedAt, '2024-05-06T07:08:09.010Z');
  assert.equal(made.day, '2024-05-06');
  assert.ok(Math.abs(Date.parse(made.createdAt) - Date.now()) < 60_000);
  const got = await data(posts.get({filterByTk: 1}));
  assert.deepEqual(got, made);
  assert.equal(await data(posts.get({filterByTk: 99})), null);
});

test('text survives unchanged', async t => {
  const {tags} = await blog(t, {filled: false});
  for (const name of ['naïve café', '日本語', '🦊 fox', `'; DROP TABLE tags; --`, 'line\nbreak\ttab', '{"json":true}', 'a'.repeat(250)]) {
    const {id} = await data(tags.create({values: {name}}));
    assert.equal((await data(tags.get({filterByTk: id}))).name, name);
  }
});

test('create takes a list and makes all or none', async t => {
  const {tags} = await blog(t, {filled: false});
  const made = await data(tags.create({values: [{name: 'a'}, {name: 'b'}, {name: 'c'}]}));
  assert.deepEqual(made.map(r => [r.id, r.name]), [[1, 'a'], [2, 'b'], [3, 'c']]);
  assert.equal((await refused(tags.create({values: [{name: 'd'}, {name: 'a'}]}))).status, 400);
  assert.deepEqual((await data(tags.list())).map(r => r.name), ['a', 'b', 'c']);
});

test('update by key, by filter and of nobody', async t => {
  const {posts} = await blog(t);
  const before = await data(posts.get({filterByTk: 1}));
  const [changed] = await data(posts.update({filterByTk: 1, values: {title: 'Changed', views: 11}}));
  assert.deepEqual([changed.title, changed.views, changed.status], ['Changed', 11, 'published']);
  assert.ok(changed.updatedAt > before.updatedAt);
  assert.equal(changed.createdAt, before.createdAt);

  const many = await data(posts.update({filter: {status: 'draft'}, values: {status: 'review'}}));
  assert.deepEqual(many.map(p => p.id).sort(), [2, 5]);
  assert.equal((await data(posts.list({filter: {status: 'review'}}))).length, 2);
  assert.deepEqual(await data(posts.update({filterByTk: 999, values: {views: 1}})), []);
  await refused(posts.update({values: {views: 1}}));
  await refused(posts.update({filter: {$and: [{}]}, values: {views: 1}}));
  assert.equal((await data(posts.list({filter: {views: 1}}))).length, 0);
});

test('destroy by key, keys and filter answers how many', async t => {
  const {posts} = await blog(t);
  assert.equal(await data(posts.destroy({filterByTk: 1})), 1);
  assert.equal(await data(posts.destroy({filterByTk: [2, 3, 999]})), 2);
  assert.equal(await data(posts.destroy({filter: {status: 'nosuch'}})), 0);
  assert.equal(await data(posts.destroy({filter: {status: 'draft'}})), 1);
  assert.deepEqual((await data(posts.list())).map(p => p.id), [4]);
  await refused(posts.destroy());
  assert.equal((await data(posts.list())).length, 1);
});

test('firstOrCreate makes once; updateOrCreate makes, then changes', async t => {
  const {tags} = await blog(t);
  const first = await data(tags.firstOrCreate({filterKeys: ['name'], values: {name: 'violet', color: '#80f'}}));
  const second = await data(tags.firstOrCreate({filterKeys: ['name'], values: {name: 'violet', color: '#000'}}));
  assert.deepEqual([second.id, second.color], [first.id, '#80f']);

  const made = await data(tags.updateOrCreate({filterKeys: ['name'], values: {name: 'brown', color: '#842'}}));
  assert.equal(made.name, 'brown');
  const [changed] = await data(tags.updateOrCreate({filterKeys: ['name'], values: {name: 'brown', color: '#840'}}));
  assert.deepEqual([changed.id, changed.color], [made.id, '#840']);
  assert.equal((await data(tags.list({filter: {name: {$in: ['violet', 'brown']}}}))).length, 2);
});

test('move changes places and shifts what lies between', async t => {
  const {posts} = await blog(t);
  const order = async () => (await data(posts.list({sort: ['sort'], fields: ['id']}))).map(p => p.id);
  assert.deepEqual(await order(), [1, 2, 3, 4, 5]);
  assert.equal(await data(posts.move({sourceId: 1, targetId: 3})), 'ok');
  assert.deepEqual(await order(), [2, 3, 1, 4, 5]);
  await posts.move({sourceId: 5, targetId: 2});
  assert.deepEqual(await order(), [5, 2, 3, 1, 4]);
  await posts.move({sourceId: 5, targetId: 3, method: 'insertAfter'});
  assert.deepEqual(await order(), [2, 3, 5, 1, 4]);
});

test('fields, except and whitelist choose what is shown and written', async t => {
  const {posts} = await blog(t);
  assert.deepEqual(await data(posts.get({filterByTk: 1, fields: ['id', 'title']})), {id: 1, title: 'Alpha one'});
  const shown = await data(posts.get({filterByTk: 1, except: ['title', 'views']}));
  assert.equal('title' in shown || 'views' in shown, false);
  assert.equal(shown.status, 'published');
  const made = await data(posts.create({whitelist: ['title'], values: {title: 'only this', views: 5}}));
  assert.deepEqual([made.title, made.views], ['only this', 0]);
  const other = await data(posts.create({blacklist: ['views'], values: {title: 'not that', status: 'x', views: 5}}));
  assert.deepEqual([other.status, other.views], ['x', 0]);
});
