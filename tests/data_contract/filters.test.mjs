// docs/reference/filter-operators.md, row by row.
import assert from 'node:assert/strict';
import { namesOf, onEachDialect } from './world.mjs';

const found = async (w, collection, filter, key = 'name') => namesOf(await w.list(collection, { filter }), key);

/** Rows with the given values of one field. */
async function holding(w, field, values) {
  const c = await w.collection([field]);
  await w.create(c, values.map((value) => ({ [field.name]: value })));
  return c;
}
const names = (w, values) => holding(w, { name: 'name', type: 'string' }, values);
const lists = (w, values) => holding(w, { name: 'list', type: 'array' }, values);

onEachDialect('filters', [
  { id: 'F25', what: '_ and % stand for themselves', async run(w) {
    const c = await names(w, ['u1', 'a_b', '5%']);
    assert.deepEqual(await found(w, c, { 'name.$includes': '_' }), ['a_b']);
    assert.deepEqual(await found(w, c, { 'name.$includes': '%' }), ['5%']);
  } },
  { id: 'F26', what: '$includes and $notIncludes take lists', async run(w) {
    const c = await names(w, ['u1', 'u2', 'u3', null]);
    assert.deepEqual(await found(w, c, { 'name.$includes': ['u1', 'u2'] }), ['u1', 'u2']);
    assert.deepEqual(await found(w, c, { 'name.$notIncludes': ['u1', 'u2'] }), ['u3']);
  } },
  { id: 'F28', what: '$startsWith, $endWith and their negations take lists', async run(w) {
    assert.deepEqual(await found(w, await names(w, ['u1', 'b1', 'c1']), { name: { $startsWith: ['u', 'b'] } }), ['u1', 'b1']);
    assert.deepEqual(await found(w, await names(w, ['u1', 'v2', 'b1', 'b2']), { name: { $notStartsWith: ['u', 'v'] } }), ['b1', 'b2']);
    const c = await names(w, ['u1', 'b1', 'c1', 'u2']);
    assert.deepEqual(await found(w, c, { name: { $endWith: ['1'] } }), ['u1', 'b1', 'c1']);
    assert.deepEqual(await found(w, c, { name: { $notEndWith: ['1'] } }), ['u2']);
  } },
  { id: 'F31', what: '$match compares as sets', async run(w) {
    const c = await lists(w, [['1', '2', 'a', 'b'], ['1']]);
    assert.deepEqual(await found(w, c, { 'list.$match': ['b', 'a', '2', '1'] }, 'id'), [1]);
    assert.deepEqual(await found(w, c, { 'list.$notMatch': ['b', 'a', '2', '1'] }, 'id'), [2]);
  } },
  { id: 'F33', what: '$anyOf takes one value, $noneOf takes rows without a list', async run(w) {
    const c = await lists(w, [['aa', 'b'], ['c'], null]);
    assert.deepEqual(await found(w, c, { 'list.$anyOf': 'aa' }, 'id'), [1]);
    assert.deepEqual(await found(w, c, { 'list.$noneOf': ['aa'] }, 'id'), [2, 3]);
    assert.deepEqual(await found(w, c, { 'list.$arrayEmpty': true }, 'id'), [3]);
    assert.deepEqual(await found(w, c, { 'list.$arrayNotEmpty': true }, 'id'), [1, 2]);
    assert.deepEqual(await found(w, c, { 'list.$empty': true }, 'id'), [3]);
  } },
  { id: 'F35', what: '$empty takes blank text and null, alone and inside $or', async run(w) {
    const c = await names(w, ['', null, 'a', 'b']);
    assert.deepEqual(await found(w, c, { 'name.$empty': true }, 'id'), [1, 2]);
    assert.deepEqual(await found(w, c, { 'name.$notEmpty': true }, 'id'), [3, 4]);
    assert.deepEqual(await found(w, c, { $or: [{ name: { $empty: true } }, { name: 'b' }] }, 'id'), [1, 2, 4]);
  } },
  { id: 'F36', what: '$empty below an association', async run(w) {
    const posts = await w.collection([{ name: 'tags', type: 'array' }]);
    const c = await w.collection([{ name: 'name', type: 'string' }, { name: 'posts', type: 'hasMany', target: posts, foreignKey: 'ownerId' }]);
    await w.create(c, [{ name: 'full', posts: [{ tags: ['x'] }] }, { name: 'empty', posts: [{ tags: [] }] }]);
    assert.deepEqual(await found(w, c, { 'posts.tags.$empty': true }), ['empty']);
  } },
  { id: 'F38', what: '$in takes an empty list and null for nothing, $eq a list for membership', async run(w) {
    const c = await holding(w, { name: 'n', type: 'integer' }, [1, 2, 3]);
    assert.deepEqual(await found(w, c, { 'n.$in': [] }, 'n'), []);
    assert.deepEqual(await found(w, c, { 'n.$in': null }, 'n'), []);
    assert.deepEqual(await found(w, c, { 'n.$eq': [1, 2] }, 'n'), [1, 2]);
    assert.deepEqual(await found(w, c, { n: [2, 3] }, 'n'), [2, 3]);
    assert.deepEqual(await found(w, c, { 'n.$between': [2, 3] }, 'n'), [2, 3]);
  } },
  { id: 'F41', what: 'a number finds the text', async run(w) {
    assert.deepEqual(await found(w, await names(w, ['123', '4']), { 'name.$eq': 123 }), ['123']);
  } },
  { id: 'F42', what: '$ne and $notIn and null rows', async run(w) {
    const c = await names(w, ['x', 'y', null]);
    assert.deepEqual(await found(w, c, { 'name.$ne': null }), ['x', 'y']);
    assert.deepEqual(await found(w, c, { 'name.$ne': 'x' }), ['y', null]);
    assert.deepEqual(await found(w, c, { 'name.$notIn': ['x'] }), ['y', null]);
    assert.deepEqual(await found(w, c, { 'name.$ne': ['x'] }), ['y']);
  } },
  { id: 'F45', what: '$isFalsy takes false and null', async run(w) {
    const c = await holding(w, { name: 'b', type: 'boolean' }, [true, false, null]);
    assert.deepEqual(await found(w, c, { 'b.$isFalsy': true }, 'id'), [2, 3]);
    assert.deepEqual(await found(w, c, { 'b.$isFalsy': false }, 'id'), [1]);
    assert.deepEqual(await found(w, c, { 'b.$isTruly': true }, 'id'), [1]);
  } },
  { id: 'F46', what: 'an empty $or restricts nothing', async run(w) {
    assert.equal((await found(w, await names(w, ['a', 'b']), { $or: [] })).length, 2);
  } },
  { id: 'F47', what: 'a to-many filter gives each row once, with the right count', async run(w) {
    const tags = await w.collection([{ name: 'name', type: 'string' }]);
    const c = await w.collection([{ name: 'name', type: 'string' }]);
    await w.field(c, { name: 'tags', type: 'belongsToMany', target: tags });
    for (const name of ['a', 'b', 'c']) await w.create(c, { name, tags: [{ name: 't1' }, { name: 't2' }, { name: 't3' }] });
    await w.create(c, { name: 'd' });
    const page = await w.call(`${c}:list`, { filter: { 'tags.name.$includes': 't' }, pageSize: 2, sort: 'id' });
    assert.deepEqual([namesOf(page.body.data), page.body.meta.count, page.body.meta.totalPage], [['a', 'b'], 3, 2]);
  } },
  { id: 'F48', what: '$exists and $notExists, nested too', async run(w) {
    const a = await w.collection([{ name: 'name', type: 'string' }]);
    const b = await w.collection([{ name: 'a', type: 'belongsTo', target: a, foreignKey: 'aId' }]);
    const c = await w.collection([{ name: 'name', type: 'string' }, { name: 'b', type: 'belongsTo', target: b, foreignKey: 'bId' }]);
    await w.create(c, [{ name: 'full', b: { a: { name: 'x' } } }, { name: 'half', b: {} }, { name: 'none' }]);
    assert.deepEqual(await found(w, c, { 'b.$exists': true }), ['full', 'half']);
    assert.deepEqual(await found(w, c, { 'b.$notExists': true }), ['none']);
    assert.deepEqual(await found(w, c, { 'b.a.$exists': true }), ['full']);
  } },
  { id: 'F50', what: 'filter and filterByTk restrict together', async run(w) {
    const c = await names(w, ['a', 'b']);
    assert.equal(await w.get(c, 1, { filter: { name: 'b' } }), null);
    assert.equal((await w.get(c, 2, { filter: { name: 'b' } })).name, 'b');
  } },
  { id: 'F52', what: 'day, month, week and quarter as ranges', async run(w) {
    const c = await holding(w, { name: 'd', type: 'date' }, ['2022-12-31T16:00:00Z', '2023-01-12T00:00:00Z', '2023-01-12T23:59:59Z', '2023-01-13T00:00:00Z', '2023-04-01T00:00:00Z', null]);
    const ids = async (filter) => found(w, c, filter, 'id');
    assert.deepEqual(await ids({ 'd.$dateOn': '2023-01-12' }), [2, 3]);
    assert.deepEqual(await ids({ 'd.$dateNotOn': '2023-01-12' }), [1, 4, 5]);
    assert.deepEqual(await ids({ 'd.$dateAfter': '2023-01-12' }), [4, 5]);
    assert.deepEqual(await ids({ 'd.$dateNotBefore': '2023-01-12' }), [2, 3, 4, 5]);
    assert.deepEqual(await ids({ 'd.$dateBefore': '2023-01-12' }), [1]);
    assert.deepEqual(await ids({ 'd.$dateNotAfter': '2023-01-12' }), [1, 2, 3]);
    assert.deepEqual(await ids({ 'd.$dateOn': '2023' }), [2, 3, 4, 5]);
    assert.deepEqual(await ids({ 'd.$dateOn': '2023+08:00' }), [1, 2, 3, 4, 5]);
    assert.deepEqual(await ids({ 'd.$dateOn': '2023Q2' }), [5]);
    assert.deepEqual(await ids({ 'd.$dateOn': '2023W02' }), [2, 3, 4]);
    assert.deepEqual(await ids({ 'd.$dateBetween': ['2023-01-12', '2023-01-13'] }), [2, 3, 4]);
    assert.deepEqual(await ids({ 'd.$dateBetween': '[2023-01-12,2023-01-13)' }), [2, 3]);
    await w.refused(`${c}:list`, { filter: { 'd.$dateOn': 'never' } }, undefined, /Invalid Date/, 400);
  } },
  { id: 'F51', what: 'relative ranges in the zone of the request', async run(w) {
    const day = 86_400_000, now = Date.now();
    const c = await holding(w, { name: 'd', type: 'date' }, [now - 20 * day, now - day, now, now + 8 * day].map((ms) => new Date(ms).toISOString()));
    assert.ok((await found(w, c, { 'd.$dateOn': { type: 'today' } }, 'id')).includes(3));
    assert.deepEqual(await found(w, c, { 'd.$dateOn': { type: 'past', number: 2, unit: 'week' } }, 'id').then((ids) => ids.includes(3)), false);
    assert.deepEqual(await found(w, c, { 'd.$dateOn': { type: 'past', number: 3, unit: 'day' } }, 'id'), [2]);
    assert.deepEqual(await found(w, c, { 'd.$dateOn': { type: 'next', number: 10, unit: 'day' } }, 'id'), [4]);
  } },
  { id: '10.2', what: 'each kind of date field is compared in its own form', async run(w) {
    for (const [type, value] of [['dateOnly', '2023-01-12'], ['datetimeNoTz', '2023-01-12 10:00:00'], ['unixTimestamp', '2023-01-12T10:00:00.000Z'], ['datetimeTz', '2023-01-12T10:00:00.000Z']]) {
      const c = await holding(w, { name: 'd', type }, [value, null]);
      assert.deepEqual(await found(w, c, { 'd.$dateOn': '2023-01-12' }, 'id'), [1], type);
      assert.deepEqual(await found(w, c, { 'd.$dateBefore': '2023-01-12' }, 'id'), [], type);
      assert.deepEqual(await found(w, c, { 'd.$dateOn': '2023-01' }, 'id'), [1], type);
    }
  } },
  { id: '1', what: 'paths into JSON, as text and as numbers', async run(w) {
    const c = await holding(w, { name: 'j', type: 'json' }, [{ a: { b: 5 }, t: 'x' }, { a: { b: 12 }, t: 'y' }, null]);
    assert.deepEqual(await found(w, c, { 'j.a.b': 5 }, 'id'), [1]);
    assert.deepEqual(await found(w, c, { 'j.a.b.$gt': 6 }, 'id'), [2]);
    assert.deepEqual(await found(w, c, { 'j.t.$includes': 'y' }, 'id'), [2]);
    assert.deepEqual(await found(w, c, { 'j.t.$in': ['x', 'y'] }, 'id'), [1, 2]);
  } },
  { id: '1b', what: 'an unknown segment behind an association is named', async run(w) {
    const a = await w.collection([]);
    const c = await w.collection([{ name: 'a', type: 'belongsTo', target: a, foreignKey: 'aId' }]);
    await w.refused(`${c}:list`, { filter: { 'a.nosuch.$eq': 1 } }, undefined, /neither .*association nor .*attribute/, 400);
  } },
  { id: '2', what: 'operators of the SQL builder in all spellings', async run(w) {
    const c = await names(w, ['ab', 'Ab', 'b', null]);
    assert.deepEqual(await found(w, c, { 'name.$like': 'a%' }), ['ab'], '$like');
    assert.deepEqual(await found(w, c, { 'name.$iLike': 'a%' }), ['ab', 'Ab']);
    assert.deepEqual(await found(w, c, { 'name.$notILike': 'a%' }), ['b']);
    assert.deepEqual(await found(w, c, { 'name.$not_in': ['ab', 'Ab'] }), ['b', null]);
    assert.deepEqual(await found(w, c, { 'name.$regexp': '^a' }), ['ab']);
    assert.deepEqual(await found(w, c, { 'name.$notRegexp': '^[aA]' }), ['b']);
    assert.deepEqual(await found(w, c, { 'name.$substring': 'b' }, 'id'), [1, 2, 3]);
  } },
  { id: '9', what: 'operators about the current user', async run(w) {
    const c = await holding(w, { name: 'u', type: 'bigInt' }, [1, 2]);
    assert.deepEqual(await found(w, c, { 'u.$isCurrentUser': true }, 'u'), [1]);
    assert.deepEqual(await found(w, c, { 'u.$isNotCurrentUser': true }, 'u'), [2]);
    assert.deepEqual(await found(w, c, { u: '{{$user.id}}' }, 'u'), [1]);
  } },
]);
