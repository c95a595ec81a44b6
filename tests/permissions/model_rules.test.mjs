// The model itself, by the examples of the contract (auth-acl.md section 15, filters.md section 12).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matches, mentions, namesOf } from './model/filter.mjs';
import { Rights } from './model/rights.mjs';
import { Store } from './model/store.mjs';

const user = { id: 7, nickname: 'a' };
const role = (resources, strategy = { actions: [] }, name = 'r1') => ({ name, strategy, resources });
const rightsOf = (...roles) => new Rights(new Store(), user, roles);
const view = (fields, scope) => role({ posts: { view: { fields, scope } } });

test('strategies', () => {
  assert.equal(rightsOf(role({})).grant('posts', 'list'), null, 'A13');
  assert.ok(rightsOf(role({}, { actions: '*' })).grant('posts', 'destroy'), 'A14');
  assert.deepEqual(rightsOf(role({}, { actions: ['view:own'] })).grant('posts', 'get').filter, { createdById: 7 }, 'A15');
  assert.equal(rightsOf(role({ posts: { update: { fields: [] } } }, { actions: ['view'] })).grant('posts', 'list'), null, 'A18');
});

test('grants', () => {
  assert.deepEqual(rightsOf(role({ posts: { create: { fields: ['title'] } } })).grant('posts', 'create').whitelist, ['title'], 'A16');
  const grant = rightsOf(view(['title', 'tags'])).grant('posts', 'query');
  assert.deepEqual([grant.fields, grant.appends], [['title', 'id', 'createdAt', 'updatedAt'], ['tags']]);
  assert.equal(rightsOf(role({ tags: { view: { fields: [], scope: 'own' } } })).grant('tags', 'list'), null, 'A39');
});

test('several roles', () => {
  const merged = (a, b) => rightsOf(a, b).grant('posts', 'list');
  assert.deepEqual(merged(view(['title'], { id: 1 }), view(['note'], { id: 2 })).filter, { $or: [{ id: 1 }, { id: 2 }] }, 'A24');
  assert.equal(merged(view(['title'], { id: 1 }), view(['note'])).filter, undefined, 'A25');
  assert.deepEqual(new Set(merged(view(['title', 'note']), view(['note', 'views'])).fields), new Set(['title', 'note', 'views', 'id', 'createdAt', 'updatedAt']), 'A26');
  const update = (fields) => role({ posts: { update: { fields } } });
  assert.equal(rightsOf(update([]), update([])).grant('posts', 'update').whitelist, undefined, 'A27');
  assert.equal(merged(view(['title'], { id: 1 }), role({}, { actions: ['view'] })).fields, undefined, 'A28');
  assert.deepEqual(merged(view(['tags']), view(['author'])).appends, ['tags', 'author'], 'A30');
});

test('variables of scopes', () => {
  const scope = { $or: [{ letter: '{{ $user.nickname }}' }, { letter: '{{ $user.nosuch }}' }, { status: '{{ $nRole }}' }, { createdById: { $isCurrentUser: true } }] };
  assert.deepEqual(rightsOf(view([], scope)).grant('posts', 'get').filter, { $or: [{ letter: 'a' }, { letter: null }, { status: 'r1' }, { createdById: { $eq: 7 } }] });
});

test('filters', () => {
  const store = new Store();
  const author = store.insert('authors', { id: 1, name: 'u1' }, 7), tagged = store.insert('posts', { id: 1, title: 'u_1', authorId: 1, status: '' }, 7);
  const bare = store.insert('posts', { id: 2, title: 'b1' }, 7);
  store.insert('tags', { id: 1, name: 'red' }, 7);
  store.insert('tags', { id: 2, name: 'blue' }, 7);
  store.links.push([1, 1], [1, 2]);
  const found = (filter) => [tagged, bare].filter((row) => matches(filter, 'posts', row, (c, r, a) => store.reach(c, r, a))).map((row) => row.id);
  for (const [filter, ids] of [
    [{ title: { $includes: '_' } }, [1]], [{ title: { $startsWith: 'B' } }, [2]], [{ status: { $empty: true } }, [1, 2]], [{ authorId: { $in: [] } }, []],
    [{ authorId: { $ne: 5 } }, [1, 2]], [{ authorId: { $ne: null } }, [1]], [{ authorId: { $notIn: [1] } }, [2]], [{ $or: [] }, [1, 2]], [{ authorId: [1, 9] }, [1]],
    [{ 'tags.name': 'red' }, [1]], [{ $and: [{ 'tags.name': 'red' }, { tags: { name: 'blue' } }] }, []], [{ 'tags.name': { $empty: true } }, [2]],
    [{ 'author.$exists': true }, [1]], [{ 'author.$notExists': true }, [2]], [{ 'author.posts': { title: { $ne: 'x' } } }, [1, 2]],
  ]) assert.deepEqual(found(filter), ids, JSON.stringify(filter));
  assert.equal(author.createdById, 7);
  assert.deepEqual(namesOf({ $or: [{ 'author.secret': 1 }, { views: 2 }] }, 'posts'), [['posts', 'author'], ['authors', 'secret'], ['posts', 'views']]);
  assert.equal(mentions({ $or: [{ post: { createdById: 1 } }] }, 'comments', 'createdById'), false);
  assert.equal(mentions({ $or: [{ createdById: 1 }] }, 'comments', 'createdById'), true);
});
