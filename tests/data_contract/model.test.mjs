// docs/reference/field-types.md and collections.md, row by row: what fields store, associations keep, metadata do.
import assert from 'node:assert/strict';
import { namesOf, onEachDialect } from './world.mjs';

const string = (name, more = {}) => ({ name, type: 'string', ...more });
const integer = (name, more = {}) => ({ name, type: 'integer', ...more });

/** posts and their authors: answers both names. */
async function authored(w, onDelete) {
  const authors = await w.collection([string('name')]);
  const posts = await w.collection([string('title'), { name: 'author', type: 'belongsTo', target: authors, foreignKey: 'authorId', ...(onDelete && { onDelete }) }]);
  const author = await w.create(authors, { name: 'a' });
  const post = await w.create(posts, { title: 'p', author: author.id });
  return { authors, posts, author, post };
}

onEachDialect('fields and collections', [
  { id: 'D1', what: 'a string field takes a number as text', async run(w) {
    const c = await w.collection([string('s')]);
    assert.equal((await w.create(c, { s: 123 })).s, '123');
  } },
  { id: 'D2', what: 'an empty text in a unique string field is null, so that two fit', async run(w) {
    const c = await w.collection([string('s', { unique: true })]);
    assert.equal((await w.create(c, { s: '' })).s, null);
    assert.equal((await w.create(c, { s: '' })).s, null);
    await w.create(c, { s: 'x' });
    await w.refused(`${c}:create`, {}, { s: 'x' }, /already exists/, 400);
  } },
  { id: 'D3', what: 'trim cuts blanks, null stays null', async run(w) {
    const c = await w.collection([string('s', { trim: true })]);
    assert.equal((await w.create(c, { s: ' a ' })).s, 'a');
    assert.equal((await w.create(c, { s: null })).s, null);
  } },
  { id: 'D4', what: 'a set keeps each value once', async run(w) {
    const c = await w.collection([{ name: 's', type: 'set' }]);
    assert.deepEqual((await w.create(c, { s: [1, 1, 2] })).s, [1, 2]);
  } },
  { id: 'D5', what: 'a radio that becomes true clears the others', async run(w) {
    const c = await w.collection([{ name: 'r', type: 'radio' }]);
    const first = await w.create(c, { r: true });
    await w.create(c, { r: true });
    assert.equal((await w.get(c, first.id)).r, false);
  } },
  { id: 'D6', what: 'a uid with forbidden characters is refused', async run(w) {
    const c = await w.collection([{ name: 'u', type: 'uid' }]);
    await w.refused(`${c}:create`, {}, { u: 'a b!' }, /u/, 400);
    assert.match((await w.create(c, {})).u, /^[0-9a-z]{11}$/);
  } },
  { id: 'D7', what: 'nanoid and uuid with autoFill false stay empty', async run(w) {
    const c = await w.collection([{ name: 'n', type: 'nanoid', autoFill: false }, { name: 'u', type: 'uuid', autoFill: false }, { name: 'm', type: 'nanoid' }]);
    const row = await w.create(c, {});
    assert.deepEqual([row.n, row.u], [null, null]);
    assert.equal(row.m.length, 12);
  } },
  { id: 'D8', what: 'unixTimestamp keeps a number and turns ISO text into seconds', async run(w) {
    const c = await w.collection([{ name: 'u', type: 'unixTimestamp' }]);
    await w.create(c, { u: 1700000000 });
    await w.create(c, { u: '2023-03-24T00:00:00.000Z' });
    assert.deepEqual(w.sql(`select u from ${c} order by id`), [['1700000000'], ['1679616000']]);
  } },
  { id: 'D9', what: 'datetimeNoTz takes an instant as the wall clock of the server', async run(w) {
    const c = await w.collection([{ name: 'd', type: 'datetimeNoTz' }]);
    assert.equal((await w.create(c, { d: '2023-03-24T12:00:00.000Z' })).d, '2023-03-24 12:00:00');
  } },
  { id: 'D10', what: 'dateOnly gives the same day back', async run(w) {
    const c = await w.collection([{ name: 'd', type: 'dateOnly' }]);
    assert.equal((await w.create(c, { d: '2023-03-24' })).d, '2023-03-24');
  } },
  { id: 'D11', what: 'text without a zone is read in the zone of the server over HTTP', async run(w) {
    const c = await w.collection([{ name: 'd', type: 'datetimeTz', timezone: 'client' }]);
    assert.equal((await w.create(c, { d: '2023-03-24 12:00:00' })).d, '2023-03-24T12:00:00.000Z');
  } },
  { id: 'D12', what: 'defaultToCurrentTime and onUpdateToCurrentTime', async run(w) {
    const c = await w.collection([{ name: 'd', type: 'date', defaultToCurrentTime: true }, { name: 'u', type: 'date', onUpdateToCurrentTime: true }, string('s')]);
    const row = await w.create(c, {});
    assert.ok(Math.abs(Date.parse(row.d) - Date.now()) < 60_000, row.d);
    const [after] = await w.update(c, row.id, { s: 'x' });
    assert.ok(Math.abs(Date.parse(after.u) - Date.now()) < 60_000, after.u);
    assert.equal(after.d, row.d);
  } },
  { id: 'D13', what: 'a context field that is createOnly does not change', async run(w) {
    const c = await w.collection([{ name: 'who', type: 'context', dataType: 'bigInt', dataIndex: 'state.currentUser.id', createOnly: true }, string('s')]);
    const row = await w.create(c, {});
    assert.equal(row.who, 1);
    assert.equal((await w.update(c, row.id, { s: 'x', who: 7 }))[0].who, 1);
  } },
  { id: 'D14', what: 'a belongsTo waits for its target', async run(w) {
    const target = w.name();
    const c = await w.collection([{ name: 'parent', type: 'belongsTo', target, foreignKey: 'parentId' }]);
    await w.create(c, {});
    await w.collection([string('name')], { name: target });
    const row = await w.create(c, { parent: { name: 'later' } });
    assert.equal((await w.get(c, row.id, { appends: 'parent' })).parent.name, 'later');
  } },
  { id: 'D15', what: 'a foreign key of text for a key that is a number: both types are named', async run(w) {
    const target = await w.collection([string('name')]);
    const c = await w.collection([string('targetId')]);
    await w.refused(`collections/${c}/fields:create`, {}, { name: 'target', type: 'belongsTo', target, foreignKey: 'targetId', targetKey: 'id' }, /string.*bigInt/, 400);
  } },
  { id: 'D16', what: 'a foreign key over 63 characters is refused and nothing is added', async run(w) {
    const target = await w.collection([]);
    const c = await w.collection([]);
    await w.refused(`collections/${c}/fields:create`, {}, { name: 'target', type: 'belongsTo', target, foreignKey: 'x'.repeat(64) }, /too long/, 400);
    assert.deepEqual(namesOf(await w.data(`collections/${c}/fields:list`, { paginate: false })), []);
  } },
  { id: 'D17', what: 'a through name over 63 characters is refused, as are those of collections and fields', async run(w) {
    const target = await w.collection([]);
    const c = await w.collection([]);
    await w.refused(`collections/${c}/fields:create`, {}, { name: 'tags', type: 'belongsToMany', target, through: 'x'.repeat(64) }, /too long/, 400);
    await w.refused('collections:create', {}, { name: 'x'.repeat(64) }, /too long/, 400);
    await w.refused(`collections/${c}/fields:create`, {}, string('x'.repeat(64)), /too long/, 400);
  } },
  { id: 'D18', what: 'SET NULL', async run(w) {
    const { authors, posts, author, post } = await authored(w, 'SET NULL');
    await w.destroy(authors, { filterByTk: author.id });
    assert.equal((await w.get(posts, post.id)).authorId, null);
  } },
  { id: 'D19', what: 'CASCADE', async run(w) {
    const { authors, posts, author } = await authored(w, 'CASCADE');
    await w.destroy(authors, { filterByTk: author.id });
    assert.deepEqual(await w.list(posts), []);
  } },
  { id: 'D20', what: 'RESTRICT', async run(w) {
    const { authors, posts, author, post } = await authored(w, 'RESTRICT');
    await w.refused(`${authors}:destroy`, { filterByTk: author.id }, {}, /RESTRICT/, 400);
    await w.destroy(posts, { filterByTk: post.id });
    await w.destroy(authors, { filterByTk: author.id });
  } },
  { id: 'D21', what: 'a removed association no longer restricts', async run(w) {
    const { authors, posts, author } = await authored(w, 'RESTRICT');
    await w.data(`collections/${posts}/fields:destroy`, { filterByTk: 'author' }, {});
    await w.destroy(authors, { filterByTk: author.id });
  } },
  { id: 'D22', what: 'belongsToMany uses a collection between that is there already', async run(w) {
    const tags = await w.collection([string('name')]), posts = await w.collection([string('title')]);
    const between = await w.collection([integer('weight'), { name: 'postId', type: 'bigInt' }, { name: 'tagId', type: 'bigInt' }]);
    await w.field(posts, { name: 'tags', type: 'belongsToMany', target: tags, through: between, foreignKey: 'postId', otherKey: 'tagId' });
    const tag = await w.create(tags, { name: 't' });
    const post = await w.create(posts, { title: 'p', tags: [tag.id] });
    assert.deepEqual((await w.list(between)).map((row) => [row.postId, row.tagId, row.weight]), [[post.id, tag.id, null]]);
  } },
  { id: 'D23', what: 'hasMany on a row without its source key is refused', async run(w) {
    const items = await w.collection([string('name')]);
    const c = await w.collection([string('code', { unique: true }), { name: 'items', type: 'hasMany', target: items, sourceKey: 'code', foreignKey: 'ownerCode' }]);
    await w.refused(`${c}:create`, {}, { items: [{ name: 'x' }] }, /source key code is not set/, 400);
  } },
  { id: 'D24', what: 'two collections cannot have one table', async run(w) {
    const c = await w.collection([]);
    await w.refused('collections:create', {}, { name: w.name(), tableName: c }, /same table/, 400);
  } },
  { id: 'D25', what: 'a collection name cannot be given twice', async run(w) {
    const c = await w.collection([]);
    await w.refused('collections:create', {}, { name: c }, new RegExp(`Collection named ${c} already exists`), 400);
  } },
  { id: 'D26', what: 'a field name cannot be given twice', async run(w) {
    const c = await w.collection([string('a')]);
    await w.refused(`collections/${c}/fields:create`, {}, string('a'), /already exists/, 400);
  } },
  { id: 'D31', what: 'a sort number follows its scope', async run(w) {
    const c = await w.collection([string('status'), { name: 'sort', type: 'sort', scopeKey: 'status' }]);
    for (const status of ['a', 'a', 'b', 'b', 'b']) await w.create(c, { status });
    const [moved] = await w.update(c, 1, { status: 'b' });
    assert.equal(moved.sort, 4);
  } },
  { id: 'D32', what: 'a sort field that comes later numbers the rows that are there', async run(w) {
    const c = await w.collection([string('status')]);
    for (const status of ['a', 'b', 'a']) await w.create(c, { status });
    await w.field(c, { name: 'sort', type: 'sort' });
    assert.deepEqual((await w.list(c)).map((row) => row.sort), [1, 2, 3]);
    await w.field(c, { name: 'inStatus', type: 'sort', scopeKey: 'status' });
    assert.deepEqual((await w.list(c)).map((row) => row.inStatus), [1, 1, 2]);
    assert.equal((await w.create(c, { status: 'a' })).inStatus, 3);
  } },
  { id: 'D33', what: 'several new rows of one scope get consecutive numbers', async run(w) {
    const c = await w.collection([string('status'), { name: 'sort', type: 'sort', scopeKey: 'status' }]);
    const rows = await w.create(c, ['a', 'b', 'a', 'a'].map((status) => ({ status })));
    assert.deepEqual(rows.map((row) => row.sort), [1, 1, 2, 3]);
  } },
  { id: 'D37', what: 'the unique index goes with its flag, and comes with it', async run(w) {
    const c = await w.collection([string('s', { unique: true })]);
    await w.create(c, { s: 'x' });
    await w.data(`collections/${c}/fields:update`, { filterByTk: 's' }, { unique: false });
    assert.deepEqual(w.indexesOf(c).filter((index) => index.unique), []);
    const twin = await w.create(c, { s: 'x' });
    await w.refused(`collections/${c}/fields:update`, { filterByTk: 's' }, { unique: true });
    await w.destroy(c, { filterByTk: twin.id });
    await w.data(`collections/${c}/fields:update`, { filterByTk: 's' }, { unique: true });
    assert.equal(w.indexesOf(c).filter((index) => index.unique).length, 1);
  } },
  { id: 'D38', what: 'a password is never shown', async run(w) {
    const users = await w.data('users:list', {});
    assert.ok(users.length > 0 && users.every((user) => !('password' in user)));
    const c = await w.collection([{ name: 'secret', type: 'password', hidden: true }]);
    assert.ok(!('secret' in await w.create(c, { secret: 'x' })));
  } },
  { id: 'D39', what: 'sortBy orders the items of a hasMany', async run(w) {
    const items = await w.collection([string('name')]);
    const c = await w.collection([{ name: 'items', type: 'hasMany', target: items, foreignKey: 'ownerId', sortBy: '-id' }]);
    const row = await w.create(c, { items: [{ name: '1' }, { name: '2' }, { name: '3' }] });
    assert.deepEqual(namesOf((await w.get(c, row.id, { appends: 'items' })).items), ['3', '2', '1']);
  } },
  { id: 'D39b', what: 'a sortable hasMany keeps the order of its items in a hidden field of the target', async run(w) {
    const items = await w.collection([string('name')]);
    const c = await w.collection([string('title')]);
    await w.field(c, { name: 'items', type: 'hasMany', target: items, foreignKey: 'ownerId', sortable: true });
    assert.ok(w.columnsOf(items).includes('ownerIdSort'), w.columnsOf(items).join());
    const row = await w.create(c, { items: [{ name: '1' }, { name: '2' }, { name: '3' }] });
    const [first, , last] = (await w.get(c, row.id, { appends: 'items' })).items;
    await w.data(`${c}/${row.id}/items:move`, { sourceId: last.id, targetId: first.id }, {});
    assert.deepEqual(namesOf((await w.get(c, row.id, { appends: 'items' })).items), ['3', '1', '2']);
    assert.ok(!('ownerIdSort' in first));
  } },
  { id: 'D40', what: 'a reverse field is made with mirrored keys', async run(w) {
    const tags = await w.collection([string('name')]), posts = await w.collection([string('title')]);
    const made = await w.field(posts, { name: 'tags', type: 'belongsToMany', target: tags, reverseField: { name: 'posts', type: 'belongsToMany' } });
    const reverse = await w.data(`collections/${tags}/fields:get`, { filterByTk: 'posts' });
    assert.deepEqual([reverse.through, reverse.foreignKey, reverse.otherKey], [made.through, made.otherKey, made.foreignKey]);
    const post = await w.create(posts, { title: 'p', tags: [{ name: 't' }] });
    const [tag] = await w.list(tags, { appends: 'posts' });
    assert.deepEqual(namesOf(tag.posts, 'id'), [post.id]);
  } },
  { id: 'D40b', what: 'the label of a reverse field is changed along with its counterpart', async run(w) {
    const tags = await w.collection([string('name')]), posts = await w.collection([string('title')]);
    await w.field(posts, { name: 'tag', type: 'belongsTo', target: tags, foreignKey: 'tagId', reverseField: { name: 'posts', type: 'hasMany' } });
    await w.data(`collections/${posts}/fields:update`, { filterByTk: 'tag' }, { reverseField: { uiSchema: { title: 'Its posts' }, foreignKey: 'other' } });
    const reverse = await w.data(`collections/${tags}/fields:get`, { filterByTk: 'posts' });
    assert.deepEqual([reverse.uiSchema.title, reverse.foreignKey], ['Its posts', 'tagId']);
  } },
  { id: '5.1', what: 'what the API leaves out of an association is generated', async run(w) {
    const target = await w.collection([]), c = await w.collection([]);
    const one = await w.field(c, { name: 'one', type: 'belongsTo', target });
    assert.match(one.foreignKey, /^f_[0-9a-z]{11}$/);
    const many = await w.field(c, { name: 'many', type: 'belongsToMany', target });
    assert.match(many.through, /^t_[0-9a-z]{11}$/);
    assert.match(many.otherKey, /^f_/);
    assert.ok(w.indexesOf(c).some((index) => index.columns.includes(one.foreignKey)), 'foreign keys are indexed');
    await w.refused(`collections/${c}/fields:create`, {}, { name: 'self', type: 'belongsToMany', target, through: target }, /through must not be the target/, 400);
  } },
  { id: '6.1', what: 'a dotted field name is stored with _ and keeps the dotted text as its column', async run(w) {
    const c = await w.collection([]);
    assert.equal((await w.field(c, string('a.b'))).name, 'a_b');
    assert.ok(w.columnsOf(c).includes('a.b'));
    assert.equal((await w.create(c, { a_b: 'x' })).a_b, 'x');
  } },
  { id: '6.2', what: 'two fields may share a column when their types are equal, not otherwise', async run(w) {
    const c = await w.collection([string('a')]);
    await w.field(c, string('b', { field: 'a' }));
    await w.create(c, { a: 'x' });
    assert.equal((await w.list(c))[0].b, 'x');
    await w.refused(`collections/${c}/fields:create`, {}, integer('n', { field: 'a' }), /column/, 400);
  } },
  { id: '6.3', what: 'users, roles, rolesUsers and collections cannot be dropped', async run(w) {
    for (const name of ['users', 'roles', 'rolesUsers', 'collections']) await w.refused('collections:destroy', { filterByTk: name }, {}, /./);
    assert.ok((await w.data('users:list', {})).length > 0);
  } },
  { id: '6.4', what: 'a removed collection takes its table, its fields and the associations of others with it', async run(w) {
    const tags = await w.collection([string('name')]), posts = await w.collection([string('title')]);
    const field = await w.field(posts, { name: 'tags', type: 'belongsToMany', target: tags, reverseField: { name: 'posts', type: 'belongsToMany' } });
    await w.field(posts, { name: 'main', type: 'belongsTo', target: tags, foreignKey: 'mainId', onDelete: 'CASCADE' });
    await w.create(posts, { title: 'p', main: { name: 'm' }, tags: [{ name: 't' }] });
    await w.data('collections:destroy', { filterByTk: tags, cascade: true }, {});
    assert.ok(!w.tableExists(tags));
    const left = namesOf(await w.data(`collections/${posts}/fields:list`, { paginate: false })).sort();
    assert.deepEqual(left.filter((name) => ['tags', 'main'].includes(name)), []);
    assert.deepEqual(namesOf(await w.list(posts), 'title'), ['p']);
    await w.refused(`${tags}:list`, {}, undefined, /./, 404);
    assert.deepEqual(await w.data('fields:list', { paginate: false, filter: { collectionName: tags } }), []);
    assert.ok(field.through);
  } },
  { id: '6.5', what: 'a removed foreign key takes the associations over it, and its index, along', async run(w) {
    const { authors, posts } = await authored(w);
    await w.field(posts, { name: 'other', type: 'belongsTo', target: authors, foreignKey: 'otherId' });
    await w.data(`collections/${posts}/fields:destroy`, { filterByTk: 'otherId' }, {});
    const left = namesOf(await w.data(`collections/${posts}/fields:list`, { paginate: false }));
    assert.ok(!left.includes('other') && !left.includes('otherId'), left.join());
    assert.ok(!w.columnsOf(posts).includes('otherId'));
    assert.ok(!w.indexesOf(posts).some((index) => index.columns.includes('otherId')));
  } },
  { id: '7.1', what: 'the last field of a collection without id takes the table with it', async run(w) {
    const c = await w.collection([string('s')], { autoGenId: false });
    assert.ok(w.tableExists(c));
    await w.data(`collections/${c}/fields:destroy`, { filterByTk: 's' }, {});
    assert.ok(!w.tableExists(c));
  } },
  { id: '7.2', what: 'index names do not clash across tables', async run(w) {
    const stem = w.name('idx');
    const first = await w.collection([string('tags_name', { unique: true })], { name: stem });
    const second = await w.collection([string('name', { unique: true })], { name: `${stem}_tags` });
    for (const [c, column] of [[first, 'tags_name'], [second, 'name']]) {
      assert.equal(w.indexesOf(c).filter((index) => index.unique && index.columns.join() === column).length, 1, c);
      await w.create(c, { [column]: 'x' });
      await w.refused(`${c}:create`, {}, { [column]: 'x' }, /already exists/, 400);
    }
    // Nor with the name of a table.
    const third = await w.collection([integer('state', { index: true })], { name: `${stem}x` });
    const fourth = await w.collection([string('s')], { name: `${stem}x_state` });
    await w.create(fourth, { s: 'a' });
    const fifth = await w.collection([integer('other', { index: true })], { name: `${stem}x_state_of` });
    await w.field(third, integer('state_of', { index: true }));
    assert.ok(w.indexesOf(third).some((index) => index.columns.join() === 'state_of'));
    await w.data('collections:destroy', { filterByTk: third }, {});
    assert.ok(w.indexesOf(fifth).some((index) => index.columns.join() === 'other'));
  } },
  { id: '7.3', what: 'an index whose name would be over 63 characters is named i_ and a hash', async run(w) {
    const c = await w.collection([string('f'.repeat(60), { unique: true })]);
    assert.match(w.indexesOf(c)[0].name, /^i_[0-9a-f]{32}$/);
  } },
]);
