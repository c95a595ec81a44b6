import assert from 'node:assert/strict';
import {test} from 'node:test';
import {collections, defineBlog} from '../lib/blog.mjs';
import {data, refused} from '../lib/client.mjs';
import {fresh} from '../lib/fresh.mjs';

test('a collection made at run time is there at once, with its fields', async t => {
  const {api} = await fresh(t);
  const made = await data(api.resource('collections').create({values: collections.tags}));
  assert.equal(made.name, 'tags');
  assert.equal(made.title, 'Tags');
  assert.deepEqual(made.fields.map(f => f.name), ['id', 'name', 'color']);
  assert.equal(made.fields[1].uiSchema.title, 'Name');
  assert.deepEqual(await data(api.resource('tags').list()), []);

  const listed = await data(api.resource('collections').list({paginate: false}));
  assert.ok(listed.some(c => c.name === 'tags'));
  const meta = await data(api.resource('collections').listMeta());
  assert.deepEqual(meta.find(c => c.name === 'tags').fields.map(f => f.type), ['bigInt', 'string', 'string']);
  assert.equal((await data(api.resource('collections').get({filterByTk: 'tags'}))).title, 'Tags');
});

test('a field added later has null in old rows and its default in new ones; removed, it is gone', async t => {
  const {api} = await fresh(t);
  await api.resource('collections').create({values: collections.tags});
  await api.resource('tags').create({values: {name: 'old'}});
  const field = await data(api.resource('collections.fields', 'tags').create({values: {name: 'weight', type: 'integer', interface: 'integer'}}));
  assert.deepEqual([field.name, field.type, field.collectionName], ['weight', 'integer', 'tags']);
  await api.resource('tags').create({values: {name: 'new', weight: 3}});
  assert.deepEqual((await data(api.resource('tags').list({sort: ['id']}))).map(r => [r.name, r.weight]), [['old', null], ['new', 3]]);

  await api.resource('collections.fields', 'tags').destroy({filterByTk: 'weight'});
  assert.equal('weight' in (await data(api.resource('tags').get({filterByTk: 1}))), false);
});

test('title and options of a collection can be changed', async t => {
  const {api} = await fresh(t);
  await api.resource('collections').create({values: collections.tags});
  await api.resource('collections').update({filterByTk: 'tags', values: {title: 'Labels'}});
  assert.equal((await data(api.resource('collections').get({filterByTk: 'tags'}))).title, 'Labels');
});

test('all four kinds of association can be made, with their reverse', async t => {
  const {api} = await fresh(t);
  await defineBlog(api);
  const fieldsOf = async name => new Map((await data(api.resource('collections.fields', name).list({paginate: false}))).map(f => [f.name, f]));
  const posts = await fieldsOf('posts');
  assert.deepEqual(['author', 'comments', 'tags'].map(n => posts.get(n).type), ['belongsTo', 'hasMany', 'belongsToMany']);
  assert.equal(posts.get('author').foreignKey, 'authorId');
  assert.deepEqual([posts.get('tags').through, posts.get('tags').foreignKey, posts.get('tags').otherKey], ['postsTags', 'postId', 'tagId']);
  const authors = await fieldsOf('authors');
  assert.deepEqual([authors.get('posts').type, authors.get('posts').target, authors.get('posts').foreignKey], ['hasMany', 'posts', 'authorId']);
  assert.equal(authors.get('profile').type, 'hasOne');
  const tags = await fieldsOf('tags');
  assert.deepEqual([tags.get('posts').type, tags.get('posts').foreignKey, tags.get('posts').otherKey], ['belongsToMany', 'tagId', 'postId']);
  // The collection between is there for questions of its own.
  assert.deepEqual(await data(api.resource('postsTags').list()), []);
});

test('a destroyed collection is unknown, and its name is free again', async t => {
  const {api} = await fresh(t);
  await api.resource('collections').create({values: collections.tags});
  await api.resource('tags').create({values: {name: 'x'}});
  await api.resource('collections').destroy({filterByTk: 'tags'});
  assert.equal((await refused(api.resource('tags').list())).status, 404);
  await api.resource('collections').create({values: collections.tags});
  assert.deepEqual(await data(api.resource('tags').list()), []);
});

test('impossible definitions are refused and leave nothing behind', async t => {
  const {api} = await fresh(t);
  await api.resource('collections').create({values: collections.tags});
  const again = await refused(api.resource('collections').create({values: {name: 'tags'}}));
  assert.match(again.message, /tags already exists/);
  const unknownType = await refused(api.resource('collections').create({values: {name: 'odd', fields: [{name: 'a', type: 'nosuchtype'}]}}));
  assert.match(unknownType.message, /nosuchtype/);
  assert.equal((await refused(api.resource('odd').list())).status, 404);
  const duplicate = await refused(api.resource('collections.fields', 'tags').create({values: {name: 'name', type: 'string'}}));
  assert.equal(duplicate.status, 400);
  assert.equal((await data(api.resource('collections.fields', 'tags').list({paginate: false}))).length, 3);
});
