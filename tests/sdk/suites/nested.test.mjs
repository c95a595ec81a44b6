import assert from 'node:assert/strict';
import {test} from 'node:test';
import {defineBlog, fillBlog} from '../lib/blog.mjs';
import {data, refused} from '../lib/client.mjs';
import {fresh} from '../lib/fresh.mjs';

async function blog(t) {
  const {api} = await fresh(t);
  await defineBlog(api);
  await fillBlog(api);
  return {api, posts: api.resource('posts')};
}

test('one create makes a record with everything that hangs on it', async t => {
  const {posts} = await blog(t);
  const made = await data(posts.create({values: {
    title: 'Nested', author: {name: 'Eve', email: 'eve@example.com', profile: {website: 'eve.example'}},
    comments: [{content: 'one', writer: 1}, {content: 'two'}], tags: [{name: 'fresh'}, 1, {id: 2, name: 'written'}],
  }}));
  const got = await data(posts.get({filterByTk: made.id, appends: ['author', 'author.profile', 'comments', 'comments.writer', 'tags']}));
  assert.equal(got.author.name, 'Eve');
  assert.equal(got.author.profile.website, 'eve.example');
  assert.deepEqual(got.comments.map(c => [c.content, c.writer?.name]).sort(), [['one', 'Ann'], ['two', undefined]]);
  assert.deepEqual(got.tags.map(x => x.name).sort(), ['fresh', 'red', 'written'], 'on create, what is given for an existing tag is written');
});

test('a nested list is the final set; null clears; updateAssociationValues writes through', async t => {
  const {api, posts} = await blog(t);
  const tagsOf = async id => (await data(posts.get({filterByTk: id, appends: ['tags']}))).tags.map(x => x.name).sort();
  await posts.update({filterByTk: 1, values: {tags: [{id: 3}, {name: 'inline'}]}});
  assert.deepEqual(await tagsOf(1), ['blue', 'inline']);
  await posts.update({filterByTk: 1, values: {tags: [{id: 3, name: 'azure'}]}});
  assert.deepEqual(await tagsOf(1), ['blue']);
  await posts.update({filterByTk: 1, updateAssociationValues: ['tags'], values: {tags: [{id: 3, name: 'azure'}]}});
  assert.deepEqual(await tagsOf(1), ['azure']);
  await posts.update({filterByTk: 1, values: {tags: null}});
  assert.deepEqual(await tagsOf(1), []);

  await posts.update({filterByTk: 1, values: {author: null}});
  assert.equal((await data(posts.get({filterByTk: 1}))).authorId, null);
  await posts.update({filterByTk: 1, values: {author: {id: 2}}});
  assert.equal((await data(posts.get({filterByTk: 1}))).authorId, 2);
  assert.equal((await data(api.resource('authors').get({filterByTk: 2}))).name, 'Bob');
});

test('a failure inside undoes the whole', async t => {
  const {api, posts} = await blog(t);
  const count = async name => (await api.resource(name).list({pageSize: 1})).data.meta.count;
  const before = [await count('posts'), await count('authors'), await count('tags')];
  const author = {name: 'Zed', email: 'zed@example.com'};
  const answer = await refused(posts.create({values: {title: 'never', author, tags: [{name: 'new'}, {name: 'red'}]}}));
  assert.equal(answer.status, 400);
  assert.deepEqual([await count('posts'), await count('authors'), await count('tags')], before);
});

test('appends: two and three levels, fields of an association, unknown names', async t => {
  const {api, posts} = await blog(t);
  await api.resource('authors.profile', 2).create({values: {website: 'bob.example'}});
  const [two] = await data(posts.list({filter: {id: 1}, appends: ['comments.writer']}));
  assert.deepEqual(two.comments.map(c => c.writer?.name).sort(), ['Bob', undefined]);
  const [three] = await data(posts.list({filter: {id: 1}, appends: ['comments', 'comments.writer', 'comments.writer.profile']}));
  const first = three.comments.find(c => c.content === 'a nice one');
  assert.equal(first.writer.profile.website, 'bob.example');
  assert.equal(first.writer.age, 41);

  const fields = await data(posts.get({filterByTk: 1, fields: ['id', 'title', 'author.name', 'tags.name']}));
  assert.deepEqual({...fields, tags: fields.tags.map(x => x.name).sort()}, {id: 1, title: 'Alpha one', author: {name: 'Ann'}, tags: ['green', 'red']});
  const odd = await data(posts.get({filterByTk: 4, appends: ['author', 'nosuch', 'tags', 'comments']}));
  assert.deepEqual([odd.author, odd.tags, odd.comments, 'nosuch' in odd], [null, [], [], false]);
});

test('a page of records with appends asks each association once and keeps them apart', async t => {
  const {posts} = await blog(t);
  const rows = await data(posts.list({sort: ['id'], appends: ['author', 'tags', 'comments']}));
  assert.deepEqual(rows.map(p => p.author?.name ?? null), ['Ann', 'Ann', 'Bob', null, null]);
  assert.deepEqual(rows.map(p => p.tags.map(x => x.id).sort()), [[1, 2], [2], [], [], [3]]);
  assert.deepEqual(rows.map(p => p.comments.length), [2, 0, 0, 0, 0]);
});
