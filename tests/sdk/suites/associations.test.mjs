import assert from 'node:assert/strict';
import {test} from 'node:test';
import {defineBlog, fillBlog} from '../lib/blog.mjs';
import {data} from '../lib/client.mjs';
import {fresh} from '../lib/fresh.mjs';

async function blog(t) {
  const {api} = await fresh(t);
  await defineBlog(api);
  await fillBlog(api);
  return api;
}
const ids = rows => rows.map(r => r.id);

test('belongsToMany: add, set, remove and toggle', async t => {
  const api = await blog(t);
  const tags = api.resource('posts.tags', 4);
  const linked = async () => ids(await data(tags.list({sort: ['id']})));
  assert.deepEqual(await linked(), []);
  await tags.add({values: [1, 3]});
  await tags.add({filterByTk: 1});
  assert.deepEqual(await linked(), [1, 3]);
  await tags.set({values: [2, 3]});
  assert.deepEqual(await linked(), [2, 3]);
  await tags.remove({values: [3]});
  assert.deepEqual(await linked(), [2]);
  assert.equal(await data(tags.toggle({values: [2]})), 'ok');
  assert.deepEqual(await linked(), []);
  await tags.toggle({values: [2]});
  assert.deepEqual(await linked(), [2]);
  await tags.set({values: []});
  assert.deepEqual(await linked(), []);
  assert.equal((await data(api.resource('tags').list())).length, 3, 'the tags themselves stay');
  assert.deepEqual(ids(await data(api.resource('posts.tags', 1).list({sort: ['id']}))), [1, 2], 'other posts keep theirs');
});

test('belongsToMany: list takes filter, sort and paging, and shows the row between', async t => {
  const api = await blog(t);
  const tags = api.resource('posts.tags', 1);
  assert.deepEqual((await data(tags.list({filter: {name: {$includes: 'ree'}}}))).map(r => r.name), ['green']);
  const {data: page} = await tags.list({sort: ['-id'], page: 2, pageSize: 1});
  assert.deepEqual(ids(page.data), [1]);
  assert.deepEqual(page.meta, {count: 2, page: 2, pageSize: 1, totalPage: 2});
  assert.deepEqual([page.data[0].postsTags.postId, page.data[0].postsTags.tagId], [1, 1]);
  assert.deepEqual(ids(await data(api.resource('tags.posts', 2).list({sort: ['id']}))), [1, 2], 'the other side');
});

test('belongsToMany: create links, update and firstOrCreate work, destroy removes both', async t => {
  const api = await blog(t);
  const tags = api.resource('posts.tags', 4);
  const made = await data(tags.create({values: {name: 'linked'}}));
  assert.deepEqual(ids(await data(tags.list())), [made.id]);
  const [changed] = await data(tags.update({filterByTk: made.id, values: {color: '#123'}}));
  assert.equal(changed.color, '#123');
  assert.equal((await data(tags.firstOrCreate({filterKeys: ['name'], values: {name: 'linked'}}))).id, made.id);
  await tags.destroy({filterByTk: made.id});
  assert.equal(await data(api.resource('tags').get({filterByTk: made.id})), null);
  assert.deepEqual(await data(api.resource('postsTags').list({filter: {postId: 4}})), []);
});

test('hasMany: create, get, update and remove stay inside the parent', async t => {
  const api = await blog(t);
  const comments = api.resource('posts.comments', 1);
  assert.deepEqual(ids(await data(comments.list({sort: ['id']}))), [1, 2]);
  const made = await data(comments.create({values: {content: 'third'}}));
  assert.equal(made.postId, 1);
  assert.equal((await data(comments.get({filterByTk: made.id}))).content, 'third');
  assert.equal(await data(api.resource('posts.comments', 2).get({filterByTk: made.id})), null);
  assert.deepEqual(await data(api.resource('posts.comments', 2).update({filterByTk: made.id, values: {content: 'stolen'}})), []);

  await comments.remove({values: [made.id]});
  assert.equal((await data(api.resource('comments').get({filterByTk: made.id}))).postId, null);
  await api.resource('posts.comments', 2).add({values: [made.id]});
  assert.deepEqual(ids(await data(api.resource('posts.comments', 2).list())), [made.id]);
  await comments.set({values: [2]});
  assert.deepEqual(ids(await data(comments.list())), [2]);
  await api.resource('posts.comments', 2).destroy({filterByTk: 2});
  assert.deepEqual(ids(await data(comments.list())), [2], "another parent's child is not destroyed");
});

test('belongsTo: get, set, remove and create', async t => {
  const api = await blog(t);
  const author = api.resource('posts.author', 4);
  assert.equal(await data(author.get()), null);
  await author.set({filterByTk: 2});
  assert.equal((await data(author.get())).name, 'Bob');
  await author.remove();
  assert.equal(await data(author.get()), null);
  const made = await data(author.create({values: {name: 'Cyd'}}));
  assert.equal((await data(api.resource('posts').get({filterByTk: 4}))).authorId, made.id);
});

test('hasOne: create, set to another parent, remove', async t => {
  const api = await blog(t);
  const profile = api.resource('authors.profile', 1);
  assert.equal(await data(profile.get()), null);
  const made = await data(profile.create({values: {website: 'ann.example'}}));
  assert.equal((await data(profile.get())).website, 'ann.example');
  await api.resource('authors.profile', 2).set({filterByTk: made.id});
  assert.equal(await data(profile.get()), null);
  assert.equal((await data(api.resource('authors.profile', 2).get())).id, made.id);
  await api.resource('authors.profile', 2).remove();
  assert.equal((await data(api.resource('profiles').get({filterByTk: made.id}))).authorId, null);
});

test('onDelete: children go with CASCADE, keys are cleared with SET NULL, links go', async t => {
  const api = await blog(t);
  await api.resource('authors').destroy({filterByTk: 1});
  assert.deepEqual((await data(api.resource('posts').list({sort: ['id'], fields: ['authorId']}))).map(p => p.authorId), [null, null, 2, null, null]);
  await api.resource('posts').destroy({filterByTk: 1});
  assert.deepEqual(await data(api.resource('comments').list()), []);
  assert.deepEqual((await data(api.resource('postsTags').list({sort: ['postId']}))).map(l => [l.postId, l.tagId]), [[2, 2], [5, 3]]);
});
