// docs/reference/collections.md: trees, inheritance, views, SQL collections, composite keys, tables that were there before.
import assert from 'node:assert/strict';
import { namesOf, onEachDialect } from './world.mjs';

const string = (name, more = {}) => ({ name, type: 'string', ...more });
const integer = (name, more = {}) => ({ name, type: 'integer', ...more });

async function tree(w) {
  const name = w.name('tree');
  return w.collection([string('name'),
    { name: 'parent', type: 'belongsTo', target: name, foreignKey: 'parentId', treeParent: true, onDelete: 'CASCADE' },
    { name: 'children', type: 'hasMany', target: name, foreignKey: 'parentId', treeChildren: true, onDelete: 'CASCADE' }],
  { name, tree: 'adjacencyList', template: 'tree' });
}
const pathsOf = (w, name) => Object.fromEntries(w.sql(`select ${w.q('nodePk')}, path, ${w.q('rootPk')} from ${w.q(`main_${name}_path`)}`).map(([node, path, root]) => [node, `${path} ${root}`]));

const refuses = ['sqlite', 'mariadb', 'mysql'], inherits = ['postgres'];

async function family(w) {
  const people = await w.collection([string('name', { unique: false }), integer('age')]);
  const students = await w.collection([string('school')], { inherits: [people], autoGenId: false, timestamps: false });
  return { people, students };
}
/** A view over posts and their authors; answers the names. */
async function viewed(w) {
  const authors = await w.collection([string('nickname', { interface: 'input', uiSchema: { title: 'Nick' } })]);
  const posts = await w.collection([string('title'), { name: 'author', type: 'belongsTo', target: authors, foreignKey: 'authorId' }]);
  for (const nickname of ['ann', 'bob']) await w.create(posts, { title: `of ${nickname}`, author: { nickname } });
  const view = w.name('view');
  w.sql(`create view ${w.q(view)} as select p.id, p.title, a.nickname from ${w.q(posts)} p join ${w.q(authors)} a on a.id = p.${w.q('authorId')}`);
  return { authors, posts, view };
}

onEachDialect('kinds of collections', [
  { id: 'D29', what: 'a tree node cannot hang under itself or under what hangs under it', async run(w) {
    const c = await tree(w);
    const root = await w.create(c, { name: 'root' });
    const child = await w.create(c, { name: 'child', parent: root.id });
    await w.refused(`${c}:update`, { filterByTk: root.id }, { parentId: root.id }, /itself as the parent/, 400);
    await w.refused(`${c}:update`, { filterByTk: root.id }, { parent: { id: child.id } }, /descendant/, 400);
    await w.refused(`${c}/${child.id}/children:add`, {}, [root.id], /descendant/, 400);
    assert.equal((await w.get(c, root.id)).parentId, null);
  } },
  { id: 'D30', what: 'paths follow a moved node with all below it', async run(w) {
    const c = await tree(w);
    for (const [name, parentId] of [['a', null], ['b', 1], ['c', 2], ['d', null]]) await w.create(c, { name, parentId });
    assert.deepEqual(pathsOf(w, c), { 1: '/1 1', 2: '/1/2 1', 3: '/1/2/3 1', 4: '/4 4' });
    await w.update(c, 2, { parentId: 4 });
    assert.deepEqual(pathsOf(w, c), { 1: '/1 1', 2: '/4/2 4', 3: '/4/2/3 4', 4: '/4 4' });
    await w.data(`${c}/4/children:remove`, {}, [2]);
    assert.deepEqual(pathsOf(w, c)[3], '/2/3 2');
    await w.data(`${c}/1/children:set`, {}, [2]);
    assert.deepEqual(pathsOf(w, c)[3], '/1/2/3 1');
    await w.destroy(c, { filterByTk: 2 });
    assert.deepEqual(pathsOf(w, c), { 1: '/1 1', 4: '/4 4' });
    await w.create(c, { name: 'e', children: [{ name: 'f' }] });
    assert.deepEqual(pathsOf(w, c)[6], '/5/6 5');
  } },
  { id: 'D30b', what: 'the paths go with the tree', async run(w) {
    const c = await tree(w);
    assert.ok(w.tableExists(`main_${c}_path`));
    assert.ok(w.indexesOf(`main_${c}_path`).some((index) => index.columns.join() === 'path'));
    await w.data('collections:destroy', { filterByTk: c }, {});
    assert.ok(!w.tableExists(`main_${c}_path`));
  } },
  { id: '9.tree', what: 'tree=true nests children and numbers them', async run(w) {
    const c = await tree(w);
    for (const [name, parentId] of [['a', null], ['b', 1], ['c', 2], ['d', null]]) await w.create(c, { name, parentId });
    const page = await w.call(`${c}:list`, { tree: true, sort: 'id' });
    assert.equal(page.body.meta.count, 2);
    const [a, d] = page.body.data;
    assert.deepEqual([a.__index, a.children[0].__index, a.children[0].children[0].__index, d.__index], ['0', '0.children.0', '0.children.0.children.0', '1']);
    assert.ok(!('children' in d));
    const [found] = await w.list(c, { tree: true, filter: { name: 'c' } });
    assert.deepEqual([found.name, found.children[0].children[0].name], ['a', 'c']);
  } },

  { id: 'D27', what: 'inheritance is refused where the database has none', only: refuses, async run(w) {
    const people = await w.collection([string('name')]);
    await w.refused('collections:create', {}, { name: w.name(), inherits: [people] }, /only PostgreSQL/, 400);
    assert.deepEqual(await w.list(people), []);
  } },
  { id: 'D27', what: 'a child cannot declare a field of its parent with another type', only: inherits, async run(w) {
    const { people, students } = await family(w);
    await w.refused(`collections/${students}/fields:create`, {}, integer('name'), /type conflict/, 400);
    await w.refused('collections:create', {}, { name: w.name(), inherits: [people], fields: [integer('name')] }, /type conflict/, 400);
    await w.field(students, string('name', { uiSchema: { title: 'Student' } }));
    await w.refused('collections:create', {}, { name: w.name(), inherits: ['nosuch'] }, /not there/, 400);
    await w.refused('collections:update', { filterByTk: students }, { inherits: [] }, /cannot change/, 400);
  } },
  { id: 'D28', what: 'rows of children are rows of the parent, which says whose they are', only: inherits, async run(w) {
    const { people, students } = await family(w);
    await w.create(people, { name: 'p', age: 1 });
    const s = await w.create(students, { name: 's', age: 2, school: 'x' });
    assert.equal(s.id, 2, 'ids are numbered together');
    const rows = await w.list(people);
    assert.deepEqual(rows.map((row) => [row.name, row.__collection, row.__tableName, row.__schemaName]), [['p', people, people, 'public'], ['s', students, students, 'public']]);
    assert.ok(!('school' in rows[1]));
    assert.equal((await w.get(people, s.id, { targetCollection: students })).school, 'x');
    assert.deepEqual(namesOf(await w.list(students)), ['s']);
    await w.update(people, s.id, { age: 3 });
    assert.equal((await w.get(students, s.id)).age, 3);
    await w.update(people, s.id, { school: 'y', __collection: students });
    assert.equal((await w.get(students, s.id)).school, 'y');
    await w.refused(`${people}:get`, { filterByTk: s.id, targetCollection: 'users' }, undefined, /does not inherit/, 400);
    await w.destroy(people, { filterByTk: s.id });
    assert.deepEqual(await w.list(students), []);
  } },
  { id: 'F.8', what: '$childIn and $childNotIn', only: inherits, async run(w) {
    const { people, students } = await family(w);
    await w.create(people, { name: 'p' });
    await w.create(students, { name: 's' });
    const of = async (filter) => namesOf(await w.list(people, { filter }));
    assert.deepEqual(await of({ '__tableoid.$childIn': [students, 'nosuch'] }), ['s']);
    assert.deepEqual(await of({ '__tableoid.$childNotIn': [students] }), ['p']);
    assert.deepEqual(await of({ '__tableoid.$childIn': ['nosuch'] }), []);
    assert.deepEqual(await of({ '__tableoid.$childNotIn': ['nosuch'] }), ['p', 's']);
  } },
  { id: '9.inherit', what: 'fields of a parent come and go with all children; several parents, grandchildren', only: inherits, async run(w) {
    const { people, students } = await family(w);
    const staff = await w.collection([string('office')]);
    const tutors = await w.collection([string('subject')], { inherits: [students, staff], autoGenId: false });
    const pupils = await w.collection([], { inherits: [tutors], autoGenId: false });
    await w.field(people, string('phone', { unique: true }));
    const tutor = await w.create(tutors, { name: 't', school: 's', office: 'o', phone: '1' });
    const pupil = await w.create(pupils, { name: 'u', subject: 'maths', phone: '2' });
    assert.deepEqual((await w.list(people)).map((row) => [row.name, row.phone, row.__collection]), [['t', '1', tutors], ['u', '2', pupils]]);
    assert.deepEqual((await w.list(staff)).map((row) => row.id), [tutor.id, pupil.id]);
    await w.refused(`${tutors}:create`, {}, { phone: '1' }, /already exists/, 400);
    await w.data(`collections/${people}/fields:destroy`, { filterByTk: 'phone' }, {});
    assert.ok(!w.columnsOf(pupils).includes('phone'));
    await w.refused('collections:destroy', { filterByTk: people }, {}, /cascade=true/, 400);
    await w.data('collections:destroy', { filterByTk: people, cascade: true }, {});
    for (const gone of [people, students, tutors, pupils]) assert.ok(!w.tableExists(gone), gone);
    assert.ok(w.tableExists(staff));
  } },
  { id: '9.inherit2', what: 'associations of a parent work for its children, their onDelete too', only: inherits, async run(w) {
    const comments = await w.collection([string('text')]);
    const people = await w.collection([string('name'), { name: 'comments', type: 'hasMany', target: comments, foreignKey: 'personId', onDelete: 'CASCADE' }]);
    const students = await w.collection([], { inherits: [people], autoGenId: false });
    const s = await w.create(students, { name: 's', comments: [{ text: 'hello' }] });
    const notes = await w.collection([string('n'), { name: 'student', type: 'belongsTo', target: students, foreignKey: 'studentId', onDelete: 'SET NULL' }]);
    const note = await w.create(notes, { n: 'x', student: s.id });
    assert.equal((await w.get(notes, note.id, { appends: 'student' })).student.name, 's');
    assert.deepEqual((await w.get(people, s.id, { appends: 'comments' })).comments.map((c) => c.text), ['hello']);
    await w.destroy(people, { filterByTk: s.id });
    assert.deepEqual(await w.list(comments), []);
    assert.equal((await w.get(notes, note.id)).studentId, null);
  } },

  { id: '9.view', what: 'a view is offered, described, read and connected', async run(w) {
    const { authors, posts, view } = await viewed(w);
    assert.ok(namesOf(await w.data('dbViews:list', {})).includes(view));
    const shape = await w.data('dbViews:get', { filterByTk: view });
    const by = Object.fromEntries(shape.fields.map((field) => [field.name, field]));
    assert.deepEqual([by.title.type, by.title.source, by.nickname.source], ['string', `${posts}.title`, `${authors}.nickname`]);
    assert.deepEqual(shape.sources.sort(), [authors, posts].sort());
    assert.deepEqual((await w.data('dbViews:query', { filterByTk: view, pageSize: 1, page: 2 })).map((row) => row.nickname), ['bob']);
    await w.refused('dbViews:query', { filterByTk: posts }, undefined, /no view/, 404);
    const c = await w.collection([{ name: 'id', type: 'bigInt' }, string('title'), { name: 'nick', field: 'nickname', type: 'string', source: `${authors}.nickname` }],
      { template: 'view', view: true, viewName: view, autoGenId: false, timestamps: false, filterTargetKey: 'id' });
    assert.ok(!namesOf(await w.data('dbViews:list', {})).includes(view));
    assert.deepEqual(namesOf(await w.list(c, { filter: { 'nick.$includes': 'b' } }), 'nick'), ['bob']);
    const meta = await w.data('collections:get', { filterByTk: c });
    assert.deepEqual(meta.unavailableActions, ['create', 'update', 'destroy', 'importXlsx', 'destroyMany', 'updateMany']);
    for (const [action, query] of [['create', {}], ['update', { filterByTk: 1 }], ['destroy', { filterByTk: 1 }]])
      await w.refused(`${c}:${action}`, query, { title: 'x' }, /view/, 400);
    const tops = await w.data(`${c}:query`, {}, { measures: [{ field: 'id', aggregation: 'count', alias: 'n' }] });
    assert.equal(Number(tops[0].n), 2);
    await w.data('collections:destroy', { filterByTk: c }, {});
    assert.ok(w.tableExists(view), 'the view is not dropped');
  } },
  { id: '9.view2', what: 'a writable view is written', only: ['postgres', 'mariadb', 'mysql'], async run(w) {
    const posts = await w.collection([string('title')]);
    await w.create(posts, { title: 'a' });
    const view = w.name('view');
    w.sql(`create view ${w.q(view)} as select id, title from ${w.q(posts)}`);
    const c = await w.collection([{ name: 'id', type: 'bigInt' }, string('title')], { template: 'view', view: true, viewName: view, writableView: true, autoGenId: false, timestamps: false, filterTargetKey: 'id' });
    await w.update(c, 1, { title: 'b' });
    assert.equal((await w.get(posts, 1)).title, 'b');
    await w.destroy(c, { filterByTk: 1 });
    assert.deepEqual(await w.list(posts), []);
  } },
  { id: 'D34', what: 'an SQL collection takes one SELECT only', async run(w) {
    const c = await w.collection([string('s')]);
    for (const sql of [`delete from ${c}`, `update ${c} set s = 1`, 'drop table x', 'with a as (select 1) delete from b'])
      await w.refused('sqlCollection:execute', {}, { sql }, /Only supports SELECT|not allowed/, 400);
    await w.refused('sqlCollection:execute', {}, { sql: `delete from ${c}` }, /Only supports SELECT statements or WITH clauses/, 400);
    for (const sql of ['select pg_sleep(1)', 'select * from information_schema.tables', "select load_file('x')", 'select benchmark(1, 1)', 'select * from "pg_authid"', 'select ?', 'select $1', 'select 1) t, (select 2',
      'select 1 /*! , 2 */', 'select * from sqlite_master'])
      await w.refused('sqlCollection:execute', {}, { sql }, /SQL: /, 400);
    await w.refused('sqlCollection:execute', {}, {}, /enter a SQL/, 400);
    await w.refused('collections:create', {}, { name: w.name(), template: 'sql', sql: 'drop table x' }, /Only supports SELECT/, 400);
    assert.ok(w.tableExists(c));
  } },
  { id: '9.sql', what: 'an SQL collection is tried, made, read, filtered, joined and changed', async run(w) {
    const { authors, posts } = await viewed(w);
    const sql = `select p.id, p.title, a.nickname, 1 + 1 as two from ${w.q(posts)} p join ${w.q(authors)} a on a.id = p.${w.q('authorId')}; drop table ${w.q(posts)}`;
    const tried = await w.data('sqlCollection:execute', {}, { sql });
    assert.deepEqual(namesOf(tried.data, 'nickname').sort(), ['ann', 'bob']);
    assert.deepEqual([tried.fields.nickname.source, tried.fields.nickname.type, tried.fields.nickname.interface], [`${authors}.nickname`, 'string', 'input']);
    assert.deepEqual([tried.fields.two.source, tried.sources.length], [undefined, 2]);
    const c = await w.collection([{ name: 'id', type: 'bigInt' }, string('title'), string('nickname'), integer('two')], { template: 'sql', sql, autoGenId: false, timestamps: false, filterTargetKey: 'id' });
    assert.deepEqual(namesOf(await w.list(c, { filter: { 'nickname.$startsWith': 'a' } }), 'title'), ['of ann']);
    const page = await w.call(`${c}:list`, { pageSize: 1, sort: '-id' });
    assert.deepEqual([page.body.data[0].nickname, page.body.meta.count, page.body.data[0].two], ['bob', 2, 2]);
    assert.equal((await w.get(c, 1)).title, 'of ann');
    await w.refused(`${c}:create`, {}, { title: 'x' }, /view/, 400);
    await w.field(posts, { name: 'line', type: 'hasOne', target: c, sourceKey: 'id', foreignKey: 'id' });
    assert.deepEqual((await w.list(posts, { appends: 'line', filter: { 'line.nickname': 'bob' } })).map((row) => row.line.title), ['of bob']);
    await w.data('sqlCollection:update', { filterByTk: c }, { sql: `select id, title from ${w.q(posts)}`, fields: [{ name: 'id', type: 'bigInt' }, string('title')] });
    assert.deepEqual(Object.keys((await w.list(c))[0]).sort(), ['id', 'title']);
    await w.data('sqlCollection:setFields', { filterByTk: c }, { fields: [{ name: 'id', type: 'bigInt' }] });
    assert.deepEqual(Object.keys((await w.list(c))[0]), ['id']);
    await w.refused('sqlCollection:setFields', { filterByTk: posts }, { fields: [] }, /not an SQL collection/, 400);
    assert.ok(w.tableExists(posts));
  } },

  { id: '9.key', what: 'composite keys: objects and lists of objects', async run(w) {
    const c = await w.collection([string('a', { primaryKey: true }), integer('b', { primaryKey: true }), string('s')], { autoGenId: false, filterTargetKey: ['a', 'b'] });
    for (const [a, b] of [['x', 1], ['x', 2], ['y', 1]]) await w.create(c, { a, b, s: `${a}${b}` });
    assert.equal((await w.get(c, { a: 'x', b: 2 })).s, 'x2');
    const listed = await w.data(`${c}:list`, { filterByTk: [{ a: 'x', b: 1 }, { a: 'y', b: 1 }], sort: 'a' });
    assert.deepEqual(namesOf(listed, 's'), ['x1', 'y1']);
    await w.refused(`${c}:get`, { filterByTk: 'x' }, undefined, /multi filter target key value must be object/, 400);
    await w.update(c, { a: 'x', b: 2 }, { s: 'new' });
    assert.equal((await w.get(c, { a: 'x', b: 2 })).s, 'new');
    assert.equal((await w.get(c, { a: 'x', b: 1 })).s, 'x1');
    await w.data(`${c}:update`, {}, [{ a: 'x', b: 1, s: 'l1' }, { a: 'y', b: 1, s: 'l2' }]);
    assert.deepEqual(namesOf(await w.data(`${c}:list`, { sort: 's' }), 's'), ['l1', 'l2', 'new']);
    await w.refused(`${c}:create`, {}, { a: 'x', b: 1 });
    assert.equal(await w.destroy(c, { filterByTk: { a: 'x', b: 2 } }), 1);
    assert.equal(await w.destroy(c, { filter: { a: 'y' } }), 1);
    assert.equal(await w.destroy(c, { filterByTk: [{ a: 'x', b: 1 }] }), 1);
    assert.deepEqual(await w.data(`${c}:list`, {}), []);
  } },
  { id: '9.keys', what: 'lists of keys', async run(w) {
    const c = await w.collection([string('s')]);
    await w.create(c, ['a', 'b', 'c', 'd'].map((s) => ({ s })));
    assert.deepEqual(namesOf(await w.list(c, { filterByTk: [1, 3] }), 's'), ['a', 'c']);
    assert.equal((await w.data(`${c}:update`, { filterByTk: [1, 2] }, { s: 'x' })).length, 2);
    assert.equal(await w.destroy(c, { filterByTk: [1, 2, 99] }), 2);
    const other = await w.collection([string('code', { unique: true }), string('s')], { filterTargetKey: 'code' });
    await w.create(other, { code: 'k', s: 'v' });
    assert.equal((await w.get(other, 'k')).s, 'v');
  } },

  { id: '4.load', what: 'tables that were there become collections and stay as they are', async run(w) {
    const table = w.name('legacy');
    w.sql(`create table ${table} (id integer primary key, name varchar(40), note text, price decimal(10,2), at timestamp, ok boolean)`);
    w.sql(`insert into ${table} (id, name, price, ok) values (1, 'one', 1.5, ${w.dialect === 'sqlite' ? 1 : 'true'})`);
    assert.ok(namesOf(await w.data('dataSources:readTables', {}, { dataSourceKey: 'main' })).includes(table));
    const before = w.columnsOf(table);
    await w.data('dataSources:loadTables', {}, { dataSourceKey: 'main', tables: [table] });
    assert.ok(!namesOf(await w.data('dataSources:readTables', {}, { dataSourceKey: 'main' })).includes(table));
    const fields = Object.fromEntries((await w.data(`collections/${table}/fields:list`, { paginate: false })).map((f) => [f.name, [f.type, f.interface]]));
    assert.deepEqual([fields.id[0], fields.name, fields.note, fields.price], ['integer', ['string', 'input'], ['text', 'textarea'], ['decimal', 'number']]);
    assert.equal((await w.get(table, 1)).name, 'one');
    await w.create(table, { id: 2, name: 'two' });
    assert.deepEqual(namesOf(await w.list(table)), ['one', 'two']);
    assert.deepEqual(w.columnsOf(table), before);
    await w.refused('dataSources:loadTables', {}, { dataSourceKey: 'main', tables: ['nosuch'] }, /no table/, 400);
    await w.refused('dataSources:readTables', {}, { dataSourceKey: 'other' }, /data source/, 400);
    // Changed by somebody else: syncFields follows.
    w.sql(`alter table ${table} add column extra varchar(10)`);
    w.sql(`alter table ${table} drop column note`);
    await w.data('mainDataSource:syncFields', {}, { collections: [table] });
    const now = namesOf(await w.data(`collections/${table}/fields:list`, { paginate: false }));
    assert.ok(now.includes('extra') && !now.includes('note'), now.join());
    assert.equal((await w.update(table, 1, { extra: 'x' }))[0].extra, 'x');
    await w.data('mainDataSource:refresh', {}, {});
    await w.data('collections:destroy', { filterByTk: table }, {});
    assert.ok(w.tableExists(table), 'a table that was there before is not dropped');
    assert.equal(w.sql(`select count(*) from ${table}`)[0][0], '2');
  } },
  { id: '4.taken', what: 'a new collection does not take a table that somebody else made', async run(w) {
    const table = w.name('theirs');
    w.sql(`create table ${table} (id integer primary key, a varchar(10))`);
    await w.refused('collections:create', {}, { name: table, fields: [string('b')] }, /has a table .* already/, 400);
    assert.deepEqual(w.columnsOf(table), ['id', 'a']);
  } },
  { id: '6.cat', what: 'categories', async run(w) {
    const category = await w.data('collectionCategories:create', {}, { name: 'Sales', color: 'red' });
    const c = await w.collection([]);
    await w.data('collections:update', { filterByTk: c }, { category: [category.id] });
    assert.deepEqual(namesOf((await w.data('collections:get', { filterByTk: c, appends: 'category' })).category), ['Sales']);
    await w.data('collectionCategories:destroy', { filterByTk: category.id }, {});
    assert.deepEqual((await w.data('collections:get', { filterByTk: c, appends: 'category' })).category, []);
  } },
  { id: '6.move', what: 'collections and fields have an order', async run(w) {
    const first = await w.collection([string('a'), string('b'), string('c')]), second = await w.collection([]);
    const order = async () => namesOf(await w.data('collections:list', { paginate: false, sort: 'sort' })).filter((name) => [first, second].includes(name));
    assert.deepEqual(await order(), [first, second]);
    await w.data('collections:move', { sourceId: second, targetId: first }, {});
    assert.deepEqual(await order(), [second, first]);
    const fields = await w.data(`collections/${first}/fields:list`, { paginate: false });
    await w.data('fields:move', { sourceId: fields[2].key, targetId: fields[0].key }, {});
    assert.deepEqual(namesOf(await w.data(`collections/${first}/fields:list`, { paginate: false })), ['c', 'a', 'b']);
  } },
  { id: '6.set', what: 'setFields leaves exactly the given fields', async run(w) {
    const c = await w.collection([string('a'), string('b')]);
    await w.create(c, { a: 'x', b: 'y' });
    await w.data('collections:setFields', { filterByTk: c }, { fields: [string('b', { title: 'B' }), string('d')] });
    assert.deepEqual(namesOf(await w.data(`collections/${c}/fields:list`, { paginate: false })).sort(), ['b', 'd']);
    assert.equal((await w.list(c))[0].b, 'y');
    assert.ok(!w.columnsOf(c).includes('a'));
  } },
]);
