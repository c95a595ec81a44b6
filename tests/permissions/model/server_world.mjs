// The same collections, roles and rows in a real server.
import http from 'node:http';
import { Client } from '../../lib/client.mjs';
import { startDatabase } from '../../lib/databases.mjs';
import { startServer } from '../../lib/server.mjs';
import { makeCollection } from '../world.mjs';
import { attributes, choices, collections, schema } from './schema.mjs';
import { Store } from './store.mjs';

const password = 'secret-12345';
/** Who acts in which roles; the first one is the role without a header. */
export const people = [
  { username: 'u1', nickname: 'a', roleNames: ['r1'] },
  { username: 'u2', nickname: 'b', roleNames: ['r2', 'r3'] },
  { username: 'u3', nickname: 'c', roleNames: ['r1', 'r2', 'r4'] },
];
export const roleNames = ['r1', 'r2', 'r3', 'r4'];

const types = { text: 'string', letter: 'string', status: 'string', number: 'integer', hidden: 'string', password: 'password' };
const plainFields = ({ fields }) => Object.entries(fields).filter(([, kind]) => kind !== 'key')
  .map(([name, kind]) => ({ name, type: types[kind], ...(kind === 'hidden' && { hidden: true }) }));

async function makeSchema(root) {
  for (const name of collections) await makeCollection(root, name, plainFields(schema[name]), schema[name].creators);
  for (const belongs of [true, false]) {
    for (const name of collections) {
      for (const [association, options] of Object.entries(schema[name].associations)) {
        if ((options.type === 'belongsTo') === belongs) await root.data('POST', `/api/collections/${name}/fields:create`, { name: association, ...options });
      }
    }
  }
}

export async function openServerWorld({ dialect = 'sqlite' } = {}) {
  const database = await startDatabase(dialect);
  const server = await startServer({ env: { ...database.env, LOGGER_LEVEL: 'error' } });
  const agent = new http.Agent({ keepAlive: true });
  const client = () => new Client(server.url, { agent });
  const world = new ServerWorld(server, client());
  await world.root.signIn();
  await makeSchema(world.root);
  for (const name of roleNames) await world.root.data('POST', '/api/roles:create', { name, title: name });
  await world.root.data('POST', '/api/roles:setSystemRoleMode', { roleMode: 'allow-use-union' });
  for (const person of people) {
    const { username, nickname } = person;
    const { id } = await world.root.data('POST', '/api/users:create', { username, nickname, password, roles: person.roleNames });
    const signedIn = client();
    await signedIn.signIn(username, password);
    world.users.push({ ...person, id, client: signedIn });
  }
  world.stop = async () => { agent.destroy(); await server.stop(); await database.stop(); };
  return world;
}

const known = (collection, row) => Object.fromEntries(
  ['id', ...(schema[collection].creators ? ['createdById'] : []), ...Object.keys(schema[collection].fields)]
    .filter((name) => attributes(collection).includes(name) && schema[collection].fields[name] !== 'password')
    .map((name) => [name, row[name] ?? null]));

class ServerWorld {
  constructor(server, root) { Object.assign(this, { server, root, users: [] }); }

  /** Every role as given: {strategy, resources: {collection: {action: {fields, scope}}}}. */
  async setRoles(roles) {
    for (const { name, strategy, resources } of roles) {
      await this.root.data('POST', `/api/roles:update?filterByTk=${name}`, { strategy });
      const list = [];
      for (const collection of collections) {
        const actions = [];
        for (const [action, { fields, scope }] of Object.entries(resources[collection] ?? {})) actions.push({ name: action, fields, ...(await this.scope(collection, scope)) });
        list.push({ name: collection, usingActionsConfig: collection in resources, actions });
      }
      await this.root.data('POST', `/api/roles:applyDataPermissions?filterByTk=${name}`, { resources: list });
    }
  }
  async scope(collection, scope) {
    if (!scope) return {};
    if (scope === 'own' || scope === 'all') return { scopeKey: scope };
    const { id } = await this.root.data('POST', '/api/dataSources/main/rolesResourcesScopes:create', { resourceName: collection, name: 'scope', scope });
    return { scopeId: id };
  }

  /** Nothing but fresh rows. Answers the store that holds the same. */
  async seed(random, markers) {
    const everything = encodeURIComponent(JSON.stringify({ id: { $gt: 0 } }));
    for (const name of collections) await this.root.data('POST', `/api/${name}:destroy?filter=${everything}`);
    const store = new Store();
    for (const name of collections) {
      const values = Array.from({ length: schema[name].rows }, () => this.randomRow(name, store, random, markers));
      const made = await this.root.data('POST', `/api/${name}:create`, values);
      made.forEach(({ id }, i) => {
        store.insert(name, { ...values[i], id }, 0);
        for (const tag of values[i].tags ?? []) store.links.push([id, tag]);
      });
      if (schema[name].creators) await this.shareOut(name, store, random);
    }
    return store;
  }
  /** Whose a row is can be said only by changing it. */
  async shareOut(collection, store, random) {
    const owners = new Map(this.users.map(({ id }) => [id, []]));
    for (const row of store.rows(collection)) {
      row.createdById = random.pick(this.users).id;
      owners.get(row.createdById).push(row.id);
    }
    for (const [id, keys] of owners) {
      if (keys.length) await this.root.data('POST', `/api/${collection}:update?filter=${encodeURIComponent(JSON.stringify({ id: { $in: keys } }))}`, { createdBy: id });
    }
  }
  randomRow(collection, store, random, markers) {
    const row = {};
    for (const [name, kind] of Object.entries(schema[collection].fields)) {
      if (kind === 'key') continue;
      // A password takes a tenth of a second to hash.
      if (random.chance(kind === 'password' ? 0.95 : 0.1)) continue;
      row[name] = markers.of(kind, `${collection}.${name}`, random, choices);
    }
    for (const [, { type, target, foreignKey }] of Object.entries(schema[collection].associations)) {
      const ids = store.rows(target).map((other) => other.id);
      if (type === 'belongsTo' && ids.length && random.chance(0.8)) row[foreignKey] = random.pick(ids);
      if (type === 'belongsToMany') row.tags = ids.filter(() => random.chance(0.4));
    }
    return row;
  }

  /** The posts with this token. Nobody is shown it, but root may filter by it. */
  async postsWithToken(token) {
    const rows = await this.root.data('GET', `/api/posts:list?fields=id&sort=id&filter=${encodeURIComponent(JSON.stringify({ token }))}`);
    return rows.map((row) => row.id);
  }

  /** Everything that root can see: {tables, links}. */
  async state() {
    const tables = {};
    const links = [];
    await Promise.all(collections.map(async (name) => {
      const rows = await this.root.data('GET', `/api/${name}:list?paginate=false&sort=id${name === 'posts' ? '&appends=tags' : ''}`);
      tables[name] = rows.map((row) => known(name, row));
      if (name === 'posts') for (const row of rows) for (const tag of row.tags) links.push([row.id, tag.id]);
    }));
    return { tables, links };
  }
}

/** The same of the model's store. */
export const stateOf = (store) => ({
  tables: Object.fromEntries(collections.map((name) => [name, [...store.rows(name)].sort((a, b) => a.id - b.id).map((row) => known(name, row))])),
  links: store.links,
});
