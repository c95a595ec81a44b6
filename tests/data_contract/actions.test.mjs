// docs/reference/http.md, row by row: what the built-in actions do with records and associations.
import assert from 'node:assert/strict';
import { namesOf, onEachDialect } from './world.mjs';

const string = (name, more = {}) => ({ name, type: 'string', ...more });

/** Posts with one of each association; answers the names. */
async function blog(w) {
  const tags = await w.collection([string('name')]);
  const comments = await w.collection([string('text')]);
  const profiles = await w.collection([string('bio')]);
  const authors = await w.collection([string('name'), { name: 'profile', type: 'hasOne', target: profiles, foreignKey: 'authorId' }]);
  const links = w.name('links');
  const posts = await w.collection([string('title'), { name: 'age', type: 'integer' }]);
  await w.field(posts, { name: 'author', type: 'belongsTo', target: authors, foreignKey: 'authorId' });
  await w.field(posts, { name: 'comments', type: 'hasMany', target: comments, foreignKey: 'postId' });
  await w.field(posts, { name: 'tags', type: 'belongsToMany', target: tags, through: links, foreignKey: 'postId', otherKey: 'tagId' });
  await w.field(links, { name: 'note', type: 'string' });
  return { tags, comments, profiles, authors, posts, links };
}
const tagsOf = async (w, b, id) => namesOf((await w.get(b.posts, id, { appends: 'tags' })).tags);

onEachDialect('actions', [
  { id: 'X1', what: 'pages, and lists without them', async run(w) {
    const c = await w.collection([string('s')]);
    await w.create(c, ['a', 'b', 'c'].map((s) => ({ s })));
    const page = await w.call(`${c}:list`, { pageSize: 1, page: 2, sort: 'id' });
    assert.deepEqual([namesOf(page.body.data, 's'), page.body.meta], [['b'], { count: 3, page: 2, pageSize: 1, totalPage: 3 }]);
    assert.ok(!('meta' in (await w.call(`${c}:list`, { paginate: false })).body));
  } },
  { id: 'X3', what: 'an association of a source without rows', async run(w) {
    const b = await blog(w);
    const post = await w.create(b.posts, { title: 'p' });
    const page = await w.call(`${b.posts}/${post.id}/comments:list`);
    assert.deepEqual([page.body.data, page.body.meta.count], [[], 0]);
  } },
  { id: 'X4', what: 'simplePaginate says whether there is more', async run(w) {
    const c = await w.collection([string('s')], { simplePaginate: true });
    await w.create(c, [{}, {}, {}]);
    assert.deepEqual((await w.call(`${c}:list`, { pageSize: 2 })).body.meta, { hasNext: true, page: 1, pageSize: 2 });
  } },
  { id: 'X5', what: 'nested and associated creation', async run(w) {
    const b = await blog(w);
    const post = await w.create(b.posts, { title: 'p', comments: [{ text: 'c' }], author: { name: 'a', profile: { bio: 'x' } } });
    const tag = await w.data(`${b.posts}/${post.id}/tags:create`, {}, { name: 't' });
    const seen = await w.get(b.posts, post.id, { appends: 'comments,tags,author.profile' });
    assert.deepEqual([seen.comments[0].text, seen.tags[0].id, seen.author.profile.bio], ['c', tag.id, 'x']);
    assert.equal(typeof (await w.create(b.posts, {})).id, 'number');
  } },
  { id: 'X9', what: 'destroying through associations', async run(w) {
    const b = await blog(w);
    const [p, q] = await w.create(b.posts, [{ comments: [{ text: 'p' }], tags: [{ name: 't' }] }, { comments: [{ text: 'q' }] }]);
    const [ofP, ofQ] = await w.list(b.comments);
    await w.data(`${b.posts}/${p.id}/comments:destroy`, { filterByTk: ofQ.id }, {});
    assert.equal((await w.list(b.comments)).length, 2, 'a comment of another post stays');
    assert.equal((await w.get(b.comments, ofP.id)).text, 'p');
    const [tag] = await w.list(b.tags);
    await w.data(`${b.posts}/${p.id}/tags:destroy`, { filterByTk: tag.id }, {});
    assert.deepEqual([await w.list(b.tags), w.sql(`select count(*) from ${b.links}`)], [[], [['0']]]);
    const author = await w.create(b.authors, { name: 'a', profile: { bio: 'x' } });
    await w.data(`${b.authors}/${author.id}/profile:destroy`, { filterByTk: 1 }, {});
    assert.deepEqual(await w.list(b.profiles), []);
    assert.ok(q.id);
  } },
  { id: 'X12', what: 'get through an association', async run(w) {
    const b = await blog(w);
    await w.create(b.posts, [{ comments: [{ text: 'p' }] }, { comments: [{ text: 'q' }] }]);
    assert.equal((await w.data(`${b.posts}/1/comments:get`, { filterByTk: 1 })).text, 'p');
    assert.equal(await w.data(`${b.posts}/1/comments:get`, { filterByTk: 2 }), null);
    assert.equal(await w.data(`${b.posts}/99/comments:get`, { filterByTk: 1 }), null);
  } },
  { id: 'X14', what: 'add, set, toggle and remove of links', async run(w) {
    const b = await blog(w);
    const post = await w.create(b.posts, { tags: [{ name: 'a' }] });
    await w.create(b.tags, [{ name: 'b' }, { name: 'c' }]);
    const links = (action, body) => w.data(`${b.posts}/${post.id}/tags:${action}`, {}, body);
    await links('add', [2]);
    assert.deepEqual(await tagsOf(w, b, post.id), ['a', 'b']);
    await links('set', [2, 3, 99]);
    assert.deepEqual(await tagsOf(w, b, post.id), ['b', 'c']);
    await links('toggle', [1]);
    await links('toggle', [2]);
    assert.deepEqual(await tagsOf(w, b, post.id), ['a', 'c']);
    await links('remove', [3]);
    assert.deepEqual(await tagsOf(w, b, post.id), ['a']);
    await links('add', [[2, { note: 'n' }]]);
    assert.deepEqual(w.sql(`select note from ${b.links} where ${w.q('tagId')} = 2`), [['n']]);
  } },
  { id: 'X17', what: 'remove on hasOne empties the key', async run(w) {
    const b = await blog(w);
    const author = await w.create(b.authors, { profile: { bio: 'x' } });
    await w.data(`${b.authors}/${author.id}/profile:remove`, {}, {});
    assert.equal((await w.list(b.profiles))[0].authorId, null);
  } },
  { id: 'X18', what: 'the link row is updated under the name of its collection', async run(w) {
    const b = await blog(w);
    const post = await w.create(b.posts, { tags: [{ name: 't' }] });
    await w.data(`${b.posts}/${post.id}/tags:update`, { filterByTk: 1 }, { name: 'new', [b.links]: { note: 'n' } });
    const [tag] = (await w.get(b.posts, post.id, { appends: 'tags' })).tags;
    assert.deepEqual([tag.name, tag[b.links].note], ['new', 'n']);
  } },
  { id: 'X19', what: 'firstOrCreate and updateOrCreate, by a path too', async run(w) {
    const b = await blog(w);
    const once = () => w.data(`${b.posts}:firstOrCreate`, { filterKeys: 'title' }, { title: 'p', age: 1 });
    assert.equal((await once()).id, (await once()).id);
    await w.data(`${b.posts}:updateOrCreate`, { filterKeys: 'title' }, { title: 'p', age: 2 });
    assert.deepEqual((await w.list(b.posts)).map((row) => row.age), [2]);
    await w.create(b.posts, { title: 'q', author: { name: 'z' } });
    const found = await w.data(`${b.posts}:firstOrCreate`, { filterKeys: 'author.name' }, { author: { name: 'z' }, title: 'other' });
    assert.equal(found.title, 'q');
  } },
  { id: 'X21', what: 'update and destroy want something that chooses', async run(w) {
    const c = await w.collection([string('s')]);
    await w.create(c, { s: 'a' });
    await w.refused(`${c}:update`, { filter: {} }, { s: 'b' }, /./, 400);
    await w.refused(`${c}:update`, { filter: { $and: [{}] } }, { s: 'b' }, /./, 400);
    await w.refused(`${c}:destroy`, { filter: { $and: [{}] } }, {}, /./, 400);
    assert.deepEqual(namesOf(await w.list(c), 's'), ['a']);
    await w.data(`${c}:update`, { forceUpdate: true }, { s: 'b' });
    assert.deepEqual(namesOf(await w.list(c), 's'), ['b']);
  } },
  { id: 'X24', what: 'an update list takes each record by its key', async run(w) {
    const c = await w.collection([string('s')]);
    await w.create(c, [{}, {}]);
    await w.data(`${c}:update`, {}, [{ id: 1, s: 'a' }, { id: 2, s: 'b' }]);
    assert.deepEqual(namesOf(await w.list(c), 's'), ['a', 'b']);
    await w.refused(`${c}:update`, {}, [{ id: 1, s: 'x' }, { s: 'y' }], /filterByTk invalid/, 400);
    assert.deepEqual(namesOf(await w.list(c), 's'), ['a', 'b'], 'nothing of it is written');
  } },
  { id: 'X26', what: 'nested values: null, keys, objects and updateAssociationValues', async run(w) {
    const b = await blog(w);
    const post = await w.create(b.posts, { tags: [{ name: 'a' }, { name: 'b' }] });
    await w.update(b.posts, post.id, { tags: [{ id: 1, name: 'new' }] });
    assert.deepEqual(await tagsOf(w, b, post.id), ['a']);
    await w.update(b.posts, post.id, { tags: [{ id: 1, name: 'new' }, null, 99] }, { updateAssociationValues: 'tags' });
    assert.deepEqual(await tagsOf(w, b, post.id), ['new']);
    await w.update(b.posts, post.id, { tags: null });
    assert.deepEqual(await tagsOf(w, b, post.id), []);
    await w.refused(`${b.posts}:update`, { filterByTk: post.id }, { author: [{ name: 'x' }] }, /array/, 400);
  } },
  { id: 'X30', what: 'whitelist and blacklist', async run(w) {
    const b = await blog(w);
    const one = await w.create(b.posts, { title: 't', age: 1 }, { whitelist: 'title' });
    assert.deepEqual([one.title, one.age], ['t', null]);
    const two = await w.create(b.posts, { title: 't', age: 1, comments: [{ text: 'c' }] }, { blacklist: 'title,comments.text' });
    assert.deepEqual([two.title, two.age, (await w.list(b.comments))[0].text], [null, 1, null]);
  } },
  { id: 'X34', what: 'two associations that mirror each other', async run(w) {
    const tags = await w.collection([string('name')]), posts = await w.collection([string('title')]);
    await w.field(posts, { name: 'tags', type: 'belongsToMany', target: tags, reverseField: { name: 'posts', type: 'belongsToMany' } });
    const post = await w.create(posts, { title: 'p', tags: [{ name: 't', posts: [{ title: 'q' }] }] });
    assert.equal((await w.list(posts)).length, 2);
    assert.deepEqual(namesOf((await w.get(posts, post.id, { appends: 'tags' })).tags), ['t']);
  } },
  { id: 'X35', what: 'fields, appends and except', async run(w) {
    const b = await blog(w);
    const post = await w.create(b.posts, { title: 'p', comments: [{ text: 'c' }], tags: [{ name: 't' }] });
    const seen = await w.get(b.posts, post.id, { appends: 'nosuch,comments' });
    assert.deepEqual(namesOf(seen.comments, 'text'), ['c']);
    assert.deepEqual(Object.keys(await w.get(b.posts, post.id, { fields: 'id,comments.text' })).sort(), ['comments', 'id']);
    const without = await w.get(b.posts, post.id, { appends: 'comments', except: 'comments.text,title' });
    assert.ok(!('title' in without) && !('text' in without.comments[0]) && 'id' in without.comments[0]);
  } },
  { id: 'X39', what: 'sorting: nulls last in both directions, the key as tie-break', async run(w) {
    const c = await w.collection([string('s')]);
    await w.create(c, ['b', null, 'a', 'b'].map((s) => ({ s })));
    assert.deepEqual(namesOf(await w.list(c, { sort: 's' }), 'id'), [3, 1, 4, 2]);
    assert.deepEqual(namesOf(await w.list(c, { sort: '-s' }), 'id'), [1, 4, 3, 2]);
  } },
  { id: 'X41', what: 'query: sums by dimension, refusals', async run(w) {
    const b = await blog(w);
    await w.create(b.posts, [{ title: 'a', age: 1 }, { title: 'a', age: 2 }, { title: 'b', age: 5 }]);
    const rows = await w.data(`${b.posts}:query`, {}, { measures: [{ field: 'age', aggregation: 'sum', alias: 'n' }], dimensions: [{ field: 'title' }], orders: [{ field: 'title', order: 'asc' }] });
    assert.deepEqual(rows, [{ n: 3, title: 'a' }, { n: 5, title: 'b' }]);
    await w.refused(`${b.posts}:query`, {}, {}, /at least one measure or dimension/, 400);
    await w.refused(`${b.posts}/1/comments:query`, {}, { measures: [{ field: 'id' }] }, /./, 400);
  } },
  { id: 'X43', what: 'query formats dates in the zone of the request', async run(w) {
    const c = await w.collection([{ name: 'd', type: 'date' }]);
    await w.create(c, { d: '2023-01-31T20:00:00.000Z' });
    const answer = await w.client.request('POST', `/api/${c}:query`, { dimensions: [{ field: 'd', format: 'YYYY-MM-DD', alias: 'day' }], measures: [{ field: 'id', aggregation: 'count', alias: 'n' }] }, { 'x-timezone': '+08:00' });
    assert.deepEqual(answer.body.data.map((row) => row.day), ['2023-02-01']);
  } },
  { id: 'X45', what: 'an error takes all of a write back', async run(w) {
    const comments = await w.collection([string('text', { unique: true })]);
    const c = await w.collection([string('s'), { name: 'comments', type: 'hasMany', target: comments, foreignKey: 'ownerId' }]);
    await w.create(comments, { text: 'taken' });
    await w.refused(`${c}:create`, {}, { s: 'x', comments: [{ text: 'free' }, { text: 'taken' }] }, /already exists/, 400);
    assert.deepEqual([await w.list(c), namesOf(await w.list(comments), 'text')], [[], ['taken']]);
  } },
  { id: 'X46', what: 'validation', async run(w) {
    const c = await w.collection([string('s', { validation: { type: 'string', rules: [{ name: 'min', args: { limit: 3 } }] } }),
      { name: 'n', type: 'double', validation: { type: 'number', rules: [{ name: 'precision', args: { limit: 2 } }] } }]);
    await w.refused(`${c}:create`, {}, { s: 'ab' }, /./, 400);
    await w.refused(`${c}:create`, {}, { s: 'abc', n: '1.230' }, /./, 400);
    assert.equal((await w.create(c, { s: 'abc', n: '1.23' })).n, 1.23);
  } },
  { id: 'X50', what: 'an association with sort and appends', async run(w) {
    const b = await blog(w);
    await w.field(b.comments, { name: 'post', type: 'belongsTo', target: b.posts, foreignKey: 'postId' });
    const post = await w.create(b.posts, { title: 'p', comments: [{ text: 'a' }, { text: 'b' }] });
    const rows = await w.data(`${b.posts}/${post.id}/comments:list`, { sort: '-text', appends: 'post' });
    assert.deepEqual(rows.map((row) => [row.text, row.post.title]), [['b', 'p'], ['a', 'p']]);
  } },
]);
