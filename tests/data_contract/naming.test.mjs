// DB_UNDERSCORED and DB_TABLE_PREFIX: how tables and columns are called, and that nothing of it shows in the API.
import assert from 'node:assert/strict';
import { namesOf, onEachDialect } from './world.mjs';

const fields = (w, target) => [
  { name: 'firstName', type: 'string', unique: true },
  { name: 'blogTags', type: 'belongsToMany', target, through: 'blogPostTags', foreignKey: 'blogPostId', otherKey: 'blogTagId' },
];

onEachDialect('underscored', [
  { id: 'D35', what: 'columns, tables and indexes are snake case, names in the API are not', async run(w) {
    const tags = await w.collection([{ name: 'tagName', type: 'string' }], { name: 'blogTags' });
    const posts = await w.collection(fields(w, tags), { name: 'blogPosts', createdBy: true });
    assert.deepEqual(w.columnsOf('blog_posts').filter((c) => /created_by_id|first_name/.test(c)).sort(), ['created_by_id', 'first_name']);
    assert.ok(w.tableExists('blog_post_tags') && !w.tableExists('blogPosts'));
    assert.ok(w.indexesOf('blog_posts').some((index) => index.unique && index.columns.join() === 'first_name'));
    const post = await w.create(posts, { firstName: 'x', blogTags: [{ tagName: 't' }] });
    assert.equal(post.firstName, 'x');
    const [row] = await w.list(posts, { filter: { 'blogTags.tagName': 't', 'firstName.$startsWith': 'x' }, appends: 'blogTags', sort: '-firstName' });
    assert.deepEqual([row.id, namesOf(row.blogTags, 'tagName')], [post.id, ['t']]);
  } },
  { id: 'D35b', what: 'trees and trouble with names', async run(w) {
    const c = await w.collection([{ name: 'parent', type: 'belongsTo', target: 'myTree', foreignKey: 'parentId', treeParent: true },
      { name: 'children', type: 'hasMany', target: 'myTree', foreignKey: 'parentId', treeChildren: true }], { name: 'myTree', tree: 'adjacencyList' });
    await w.create(c, {});
    await w.create(c, { parentId: 1 });
    assert.deepEqual(w.sql('select node_pk, path, root_pk from main_my_tree_path order by node_pk'), [['1', '/1', '1'], ['2', '/1/2', '1']]);
    await w.refused('collections:create', {}, { name: 'my_tree' }, /same table/, 400);
  } },
], { env: { DB_UNDERSCORED: 'true' } });

onEachDialect('prefix', [
  { id: 'D36', what: 'tables, through tables, paths and the migrations of NocoBase have the prefix', async run(w) {
    const tags = await w.collection([{ name: 'tagName', type: 'string' }], { name: 'blogTags' });
    await w.collection(fields(w, tags), { name: 'blogPosts' });
    for (const table of ['p_blogPosts', 'p_blogPostTags', 'p_users', 'p_collections', 'p_migrations', 'p_main_desktopRoutes_path']) assert.ok(w.tableExists(table), table);
    await w.create('blogPosts', { firstName: 'x', blogTags: [{ tagName: 't' }] });
    assert.equal((await w.list('blogPosts', { filter: { 'blogTags.tagName': 't' } })).length, 1);
    await w.data('collections:destroy', { filterByTk: 'blogPosts' }, {});
    assert.ok(!w.tableExists('p_blogPosts'));
  } },
  { id: 'D36b', what: 'a table that somebody else made keeps its name', async run(w) {
    w.sql('create table legacy (id integer primary key, name varchar(20))');
    await w.data('dataSources:loadTables', {}, { tables: ['legacy'] });
    await w.create('legacy', { id: 1, name: 'x' });
    assert.deepEqual(namesOf(await w.list('legacy')), ['x']);
    assert.ok(!w.tableExists('p_legacy'));
  } },
], { env: { DB_TABLE_PREFIX: 'p_' } });
