// A server with a small blog, and users in roles of the test's choice.
import { startDatabase } from '../lib/databases.mjs';
import { Client } from '../lib/client.mjs';
import { startServer } from '../lib/server.mjs';

const password = 'secret-12345';

/** The fields that the browser's client gives every new collection. */
const systemFields = (creators) => [
  { name: 'id', type: 'bigInt', autoIncrement: true, primaryKey: true, allowNull: false },
  { name: 'createdAt', type: 'date', field: 'createdAt' }, { name: 'updatedAt', type: 'date', field: 'updatedAt' },
  ...(creators ? [{ name: 'createdBy', interface: 'createdBy', type: 'belongsTo', target: 'users', foreignKey: 'createdById' },
    { name: 'updatedBy', interface: 'updatedBy', type: 'belongsTo', target: 'users', foreignKey: 'updatedById' }] : []),
];
export const makeCollection = (root, name, fields, creators = true) =>
  root.data('POST', '/api/collections:create', { name, autoGenId: false, createdBy: creators, updatedBy: creators, createdAt: true, updatedAt: true, fields: [...systemFields(creators), ...fields] });

/** Collections posts, comments (hasMany of posts), authors (belongsTo of posts) and tags (belongsToMany). */
async function makeBlog(root) {
  const create = (name, fields, creators) => makeCollection(root, name, fields, creators);
  await create('authors', [{ name: 'name', type: 'string' }, { name: 'secret', type: 'string' }]);
  await create('tags', [{ name: 'name', type: 'string' }], false);
  await create('comments', [{ name: 'content', type: 'string' }, { name: 'score', type: 'integer' }]);
  await create('posts', [
    { name: 'title', type: 'string' }, { name: 'status', type: 'string' }, { name: 'views', type: 'integer' },
    { name: 'sort', type: 'sort', scopeKey: 'status' },
    { name: 'author', type: 'belongsTo', target: 'authors', foreignKey: 'authorId' },
    { name: 'comments', type: 'hasMany', target: 'comments', foreignKey: 'postId' },
    { name: 'tags', type: 'belongsToMany', target: 'tags', through: 'postsTags', foreignKey: 'postId', otherKey: 'tagId' },
  ]);
  await root.data('POST', '/api/collections/comments/fields:create', { name: 'post', type: 'belongsTo', target: 'posts', foreignKey: 'postId' });
}

async function fillBlog(root) {
  await root.data('POST', '/api/authors:create', [{ name: 'Ann', secret: 's1' }, { name: 'Ben', secret: 's2' }]);
  await root.data('POST', '/api/tags:create', [{ name: 'red' }, { name: 'green' }, { name: 'blue' }]);
  await root.data('POST', '/api/posts:create', [
    { title: 'one', status: 'draft', views: 10, author: 1, tags: [1, 2], comments: [{ content: 'c1', score: 1 }, { content: 'c2', score: 5 }] },
    { title: 'two', status: 'published', views: 20, author: 2, tags: [3] },
    { title: 'three', status: 'draft', views: 30, author: 1 },
  ]);
}

export async function openWorld({ dialect = 'sqlite', env = {} } = {}) {
  const database = await startDatabase(dialect);
  const server = await startServer({ env: { ...database.env, ...env } });
  const root = new Client(server.url);
  await root.signIn();
  await makeBlog(root);
  await fillBlog(root);
  let people = 0;
  const world = {
    server, root,
    async stop() { await server.stop(); await database.stop(); },
    /** A role with its strategy, and grants of its own by collection: {posts: {view: {fields, scope}, …}}. */
    async role(name, { strategy = null, snippets, grants = {} } = {}) {
      await root.data('POST', '/api/roles:create', { name, title: name, strategy, ...(snippets && { snippets }) });
      for (const [resource, actions] of Object.entries(grants)) await world.grant(name, resource, actions);
    },
    async grant(role, resource, actions) {
      const list = [];
      for (const [action, { fields = [], scope, scopeKey } = {}] of Object.entries(actions)) {
        let scopeId;
        if (scope) scopeId = (await root.data('POST', '/api/dataSources/main/rolesResourcesScopes:create', { resourceName: resource, name: 'scope', scope })).id;
        list.push({ name: action, fields, ...(scopeId && { scopeId }), ...(scopeKey && { scopeKey }) });
      }
      await root.data('POST', `/api/roles:applyDataPermissions?filterByTk=${role}`, { resources: [{ name: resource, usingActionsConfig: true, actions: list }] });
    },
    /** A signed-in user in these roles. */
    async user(...roles) {
      const username = `user${++people}`;
      const { id } = await root.data('POST', '/api/users:create', { username, password, roles });
      const client = new Client(server.url);
      await client.signIn(username, password);
      return Object.assign(client, { id, username });
    },
  };
  return world;
}

export const statusOf = async (client, method, path, body, headers) => (await client.request(method, path, body, headers)).status;
export const query = (params) => Object.entries(params).map(([key, value]) => `${key}=${encodeURIComponent(typeof value === 'string' ? value : JSON.stringify(value))}`).join('&');
