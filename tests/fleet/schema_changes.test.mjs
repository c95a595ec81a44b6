// Collections and fields are changed through any node while all of them serve requests: what one node has said to be
// there, is there on every other. SCHEMA_CHANGES=200 and SEED=n set size and order.
import assert from 'node:assert/strict';
import test from 'node:test';
import { keepAliveAgent } from '../lib/http.mjs';
import { dialects, startDatabase } from '../lib/databases.mjs';
import { Random } from '../lib/random.mjs';
import { Client } from '../lib/client.mjs';
import { sleep } from '../lib/server.mjs';
import { openFleet, shared, until } from './fleet.mjs';

const changes = Number(process.env.SCHEMA_CHANGES ?? 200);
const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);

async function clientsOf(fleet, t) {
  const agent = keepAliveAgent();
  t.after(() => agent.destroy());
  const clients = [];
  for (const node of fleet.nodes) {
    const client = new Client(node.url, { agent });
    await client.signIn();
    clients.push(client);
  }
  return clients;
}

/** What every client may rely on: names whose creation was acknowledged, and not yet asked to be removed. */
class Known {
  collections = new Map();
  next = 0;
  done = {};

  async create(client) {
    const name = `c${++this.next}`;
    await client.data('POST', '/api/collections:create', { name, fields: [{ name: 'title', type: 'string' }, { name: 'amount', type: 'integer' }] });
    this.collections.set(name, ['title', 'amount']);
  }
  field() {
    const name = `f${++this.next}`;
    return { name, type: this.next % 2 ? 'string' : 'integer', index: this.next % 5 === 0 };
  }
  async addField(client, name) {
    const field = this.field();
    await client.data('POST', `/api/collections/${name}/fields:create`, field);
    this.collections.get(name).push(field.name);
  }
  /** Every name that is `to` stays: what points at a collection is not told apart from its end here. */
  async addAssociation(client, name, to) {
    const field = `r${++this.next}`;
    await client.data('POST', `/api/collections/${name}/fields:create`, { name: field, type: 'belongsTo', target: to, foreignKey: `${field}Id` });
    this.collections.get(name).push(field);
  }
  async removeField(client, name) {
    const field = this.collections.get(name).pop();
    await client.data('POST', `/api/collections/${name}/fields:destroy?filterByTk=${field}`);
  }
  async removeCollection(client, name) {
    this.collections.delete(name);
    await client.data('POST', `/api/collections:destroy?filterByTk=${name}`);
  }
  async rename(client, name) {
    const title = `Title ${++this.next}`;
    await client.data('POST', `/api/collections:update?filterByTk=${name}`, { title });
    await client.data('POST', `/api/collections/${name}/fields:update?filterByTk=title`, { uiSchema: { title } });
  }
  /** Both ways, through whichever node. */
  async index(client, name) {
    await client.data('POST', `/api/collections/${name}/fields:update?filterByTk=amount`, { index: ++this.next % 2 === 0 });
  }
  /** A field nobody writes to is unique, whatever it was. */
  async unique(client, name) {
    const field = `u${++this.next}`;
    await client.data('POST', `/api/collections/${name}/fields:create`, { name: field, type: 'string' });
    await client.data('POST', `/api/collections/${name}/fields:update?filterByTk=${field}`, { unique: true });
    await client.data('POST', `/api/collections/${name}/fields:update?filterByTk=${field}`, { unique: false });
  }
  /** All nodes change one collection at once: different fields, then the same one. */
  async race(clients, name) {
    const create = (client, field) => client.post(`/api/collections/${name}/fields:create`, field);
    const fields = clients.map(() => this.field());
    const different = await Promise.all(clients.map((client, i) => create(client, fields[i])));
    for (const answer of different) assert.equal(answer.status, 200, answer.text);
    this.collections.get(name).push(...fields.map((field) => field.name));
    const field = this.field();
    const same = await Promise.all(clients.map((client) => create(client, field)));
    assert.deepEqual(same.map((answer) => answer.status).sort(), [200, ...clients.slice(1).map(() => 400)], same.map((answer) => answer.text).join('\n'));
    this.collections.get(name).push(field.name);
  }
}

async function change(random, known, clients) {
  const client = clients[random.below(clients.length)];
  const names = [...known.collections.keys()];
  const draw = random.below(100);
  if (names.length < 3 || draw < 15) return known.create(client);
  const name = names[random.below(names.length)];
  if (draw < 45 || known.collections.get(name).length < 3) return known.addField(client, name);
  if (draw < 52) return known.addAssociation(client, name, 'users');
  if (draw < 60) return known.rename(client, name);
  if (draw < 68) return known.index(client, name);
  if (draw < 75) return known.unique(client, name);
  if (draw < 83) return known.race(clients, name);
  if (draw < 94) return known.removeField(client, name);
  return known.removeCollection(client, name);
}

const isNumber = (field) => field === 'amount' || (/^f/.test(field) && Number(field.slice(1)) % 2 === 0);

/** One request that uses a field of a collection: both were acknowledged before it is sent. */
async function use(random, known, client, faults, counts) {
  const names = [...known.collections.keys()];
  if (names.length === 0) return sleep(5);
  const name = names[random.below(names.length)];
  const fields = known.collections.get(name);
  const field = fields[random.below(fields.length)];
  const association = field.startsWith('r');
  const value = isNumber(field) ? random.below(1000) : `text ${random.below(1000)}`;
  const list = (query) => client.get(`/api/${name}:list?pageSize=5&${query}`);
  const kinds = association
    ? { append: () => list(`appends[]=${field}`), link: () => client.post(`/api/${name}:create`, { [field]: 1 }) }
    : {
      create: () => client.post(`/api/${name}:create`, { [field]: value }),
      sort: () => list(`sort=-${field}`),
      filter: () => list(`filter=${encodeURIComponent(JSON.stringify({ [field]: { $eq: value } }))}`),
      fields: () => list(`fields[]=${field}`),
      get: () => client.get(`/api/${name}:get?filter=${encodeURIComponent(JSON.stringify({ [field]: value }))}`),
      update: () => client.post(`/api/${name}:update?filter=${encodeURIComponent(JSON.stringify({ [field]: value }))}`, { [field]: value }),
    };
  const kind = Object.keys(kinds)[random.below(Object.keys(kinds).length)];
  const answer = await kinds[kind]();
  ++counts.requests;
  counts[kind] = (counts[kind] ?? 0) + 1;
  // Taken away while the request was under way: then both answers are right.
  const still = known.collections.get(name)?.includes(field);
  if (!still) return;
  if (answer.status >= 300) faults.push(`${kind} ${name}.${field}: ${answer.status} ${answer.text.slice(0, 200)}`);
  else if (kind === 'create' && answer.body.data[field] !== value) faults.push(`${name}.${field}: the value was dropped: ${answer.text.slice(0, 200)}`);
}

for (const dialect of dialects) {
  test(`${changes} changes through three nodes on ${dialect}, seed ${seed}`, async (t) => {
    const database = await startDatabase(dialect);
    t.after(() => database.stop());
    const fleet = openFleet(t, { ...shared, ...database.env, LOGGER_LEVEL: 'warn' });
    for (let i = 0; i < 3; ++i) await fleet.start();
    const clients = await clientsOf(fleet, t);
    const random = new Random(seed), known = new Known(), faults = [], counts = { requests: 0 };
    let working = true;
    const users = clients.flatMap((client) => Array.from({ length: 2 }, async () => {
      while (working) await use(random, known, client, faults, counts).catch((error) => faults.push(error.stack));
    }));
    try {
      for (let i = 0; i < changes; ++i) await change(random, known, clients);
    } finally {
      working = false;
      await Promise.all(users);
    }
    t.diagnostic(`${JSON.stringify(counts)} beside ${changes} changes`);
    assert.deepEqual(faults, []);
    assert.ok(counts.requests > changes, 'the load ran beside the changes');

    const meta = async (client) => JSON.stringify(await client.data('GET', '/api/collections:listMeta'));
    await until('equal schemas', async (show) => {
      const all = await Promise.all(clients.map(meta));
      show(all.map((text) => text.length));
      return new Set(all).size === 1;
    }, 5_000);
    await until('equal hashes of the schema', async (show) => {
      const nodes = await clients[0].data('GET', '/api/fleet:nodes');
      show(nodes.map((node) => [node.schemaEpoch, node.schemaHash]));
      return nodes.length === 3 && nodes.every((node) => /^[0-9a-f]{16}$/.test(node.schemaHash) && node.schemaHash === nodes[0].schemaHash);
    });
    if (database.server?.psql) assert.equal(database.server.psql('select deadlocks from pg_stat_database where datname = current_database()'), '0');
    for (const [name, fields] of known.collections)
      for (const client of clients) {
        const rows = await client.data('GET', `/api/collections/${name}/fields:list?paginate=false`);
        for (const field of fields) assert.ok(rows.some((row) => row.name === field), `${name}.${field}`);
      }
  });

  test(`two nodes change the same collection at once on ${dialect}: both changes, or one and a clear error`, async (t) => {
    const database = await startDatabase(dialect);
    t.after(() => database.stop());
    const fleet = openFleet(t, { ...shared, ...database.env, LOGGER_LEVEL: 'warn' });
    for (let i = 0; i < 2; ++i) await fleet.start();
    const [one, two] = await clientsOf(fleet, t);
    await one.data('POST', '/api/collections:create', { name: 'both', fields: [{ name: 'title', type: 'string' }] });
    for (let round = 0; round < 10; ++round) {
      const field = (client, name) => client.post('/api/collections/both/fields:create', { name, type: 'string' });
      const different = await Promise.all([field(one, `a${round}`), field(two, `b${round}`)]);
      assert.deepEqual(different.map((answer) => answer.status), [200, 200], different.map((answer) => answer.text).join('\n'));
      const same = await Promise.all([field(one, `same${round}`), field(two, `same${round}`)]);
      assert.deepEqual(same.map((answer) => answer.status).sort(), [200, 400], same.map((answer) => answer.text).join('\n'));
      assert.match(same.find((answer) => answer.status === 400).text, new RegExp(`same${round}`));
      const row = Object.fromEntries(['a', 'b', 'same'].map((letter) => [`${letter}${round}`, 'x']));
      for (const client of [one, two]) {
        const created = await client.data('POST', '/api/both:create', row);
        for (const name of Object.keys(row)) assert.equal(created[name], 'x');
      }
    }
  });
}
