// Requests by chance. Names are drawn with a liking for what may be read, so that not every request ends at the first
// check.
import { askable, filterOf, shuffled, some, visible } from './generate_roles.mjs';
import { choices, collections, isToMany, schema } from './schema.mjs';

export class RequestGenerator {
  /** `rights`: of whoever asks. */
  constructor(random, rights, markers) { Object.assign(this, { random, rights, markers, store: rights.store }); }

  names() {
    const careful = this.random.chance(0.8);
    return (collection, name) => !careful || this.rights.mayReadPath(collection, name);
  }
  filter(collection, names = this.names()) { return filterOf(this.random, this.store, collection, names); }
  key(collection) {
    const rows = this.store.rows(collection);
    return rows.length && this.random.chance(0.95) ? this.random.pick(rows).id : 999_999;
  }
  keys(collection) { return shuffled(this.random, some(this.random, this.store.rows(collection), 0.3).map((row) => row.id)); }
  collection() { return this.random.pick(['posts', 'posts', ...collections]); }

  request() {
    const kinds = {
      list: 22, get: 10, listBehind: 7, query: 9, create: 10, update: 14, destroy: 5, firstOrCreate: 3, updateOrCreate: 5,
      link: 9, createBehind: 3, updateBehind: 2, destroyBehind: 1,
    };
    let at = this.random.below(Object.values(kinds).reduce((a, b) => a + b));
    for (const [kind, weight] of Object.entries(kinds)) {
      at -= weight;
      if (at < 0) return this[kind]();
    }
    throw new Error('unreachable');
  }

  selection(collection, request) {
    const { random } = this;
    const names = this.names();
    if (random.chance(0.4)) {
      const list = some(random, ['id', ...Object.keys(schema[collection].fields)], 0.4);
      if (list.length) request.fields = list;
      if (list.length && random.chance(0.3)) request.fields = [...list, this.append(collection, names)].filter(Boolean);
    }
    if (random.chance(0.5)) request.appends = [...new Set([this.append(collection, names), this.append(collection, names)].filter(Boolean))];
    if (random.chance(0.15)) request.except = some(random, visible(collection), 0.3);
    return request;
  }
  append(collection, names, depth = 2) {
    const associations = Object.keys(schema[collection].associations).filter((name) => names(collection, name));
    if (!associations.length) return null;
    const name = this.random.pick(associations);
    const { target } = schema[collection].associations[name];
    if (depth > 1 && this.random.chance(0.3)) {
      const inner = this.random.chance(0.5) ? this.random.pick(visible(target)) : this.append(target, names, depth - 1);
      return inner ? `${name}.${inner}` : name;
    }
    return name;
  }
  sort(collection) {
    const names = this.names();
    const terms = askable(collection).filter((name) => names(collection, name));
    for (const [name, { type, target }] of Object.entries(schema[collection].associations))
      if (type === 'belongsTo' && names(collection, name)) terms.push(...visible(target).filter((inner) => names(target, inner)).map((inner) => `${name}.${inner}`));
    return some(this.random, shuffled(this.random, terms), 1.5 / (terms.length || 1)).map((term) => (this.random.chance(0.5) ? `-${term}` : term));
  }

  list(source) {
    const { random } = this;
    const collection = source ? schema[source.collection].associations[source.association].target : this.collection();
    const request = { kind: 'list', action: 'list', collection, ...(source && { source }) };
    if (random.chance(0.55)) request.filter = this.filter(collection);
    if (random.chance(0.4)) request.sort = this.sort(collection);
    if (random.chance(0.3)) Object.assign(request, { page: random.between(1, 2), pageSize: random.between(1, 5) });
    if (random.chance(0.3)) request.meta = true;
    return this.selection(collection, request);
  }
  get() {
    const collection = this.collection();
    const request = { kind: 'get', action: 'get', collection };
    if (this.random.chance(0.7)) request.key = this.key(collection);
    if (request.key === undefined || this.random.chance(0.1)) request.filter = this.filter(collection);
    return this.selection(collection, request);
  }
  source(types) {
    const found = collections.flatMap((collection) => Object.entries(schema[collection].associations)
      .filter(([, { type }]) => types.includes(type)).map(([association]) => ({ collection, association })))
      .filter(({ collection }) => this.store.rows(collection).length);
    const source = this.random.pick(found);
    return { ...source, id: this.random.pick(this.store.rows(source.collection)).id };
  }
  listBehind() {
    const source = this.source(['hasMany', 'hasMany', 'belongsToMany', 'belongsTo', 'hasOne']);
    const association = schema[source.collection].associations[source.association];
    if (isToMany(association)) return this.list(source);
    return this.selection(association.target, { kind: 'get', action: 'get', collection: association.target, source });
  }
  query() {
    const { random } = this;
    const collection = this.collection();
    const numbers = visible(collection).filter((name) => schema[collection].fields[name] === 'number');
    const measures = [{ field: ['id'], aggregation: 'count', alias: 'm0' }].filter(() => random.chance(0.7));
    for (const name of numbers) if (random.chance(0.6)) measures.push({ field: [name], aggregation: random.pick(['sum', 'min', 'max', 'count']), alias: `m${measures.length}` });
    const dimensions = some(random, askable(collection), 0.3).slice(0, 2).map((name, i) => ({ field: [name], alias: `d${i}` }));
    for (const [name, { type, target }] of Object.entries(schema[collection].associations))
      if (type === 'belongsTo' && random.chance(0.3)) dimensions.push({ field: [name, random.pick(visible(target))], alias: `d${dimensions.length}` });
    if (measures.length + dimensions.length === 0) measures.push({ field: ['id'], aggregation: 'count', alias: 'm0' });
    const request = { kind: 'query', action: 'query', collection, measures, dimensions };
    // A filter on a to-many association is left out: what an aggregate counts of multiplied rows is not told.
    if (random.chance(0.4)) request.filter = filterOf(random, this.store, collection, this.names(), 0);
    return request;
  }

  /* Writes */

  values(collection, { nested = 2, without = [] } = {}) {
    const { random } = this;
    const out = {};
    for (const [name, kind] of Object.entries(schema[collection].fields)) {
      const chance = kind === 'password' ? 0.02 : kind === 'key' ? 0.15 : kind === 'hidden' ? 0.3 : 0.5;
      if (!random.chance(chance) || without.includes(name)) continue;
      if (kind === 'key') {
        const { target } = Object.values(schema[collection].associations).find(({ type, foreignKey }) => type === 'belongsTo' && foreignKey === name);
        out[name] = this.key(target);
      } else out[name] = this.markers.of(kind, `${collection}.${name}`, random, choices);
    }
    if (schema[collection].creators && random.chance(0.1)) out.createdById = 1;
    if (schema[collection].creators && random.chance(0.05)) out.createdBy = 1;
    if (nested === 0) return out;
    for (const [name, association] of Object.entries(schema[collection].associations)) {
      if (!random.chance(0.35) || without.includes(name)) continue;
      if (association.type === 'belongsTo') delete out[association.foreignKey];
      if (!isToMany(association)) out[name] = random.chance(0.1) ? null : this.item(association, nested);
      else out[name] = this.items(association, nested);
    }
    return out;
  }
  /** Each existing record at most once: what comes of two changes of one record at once is not told. */
  items(association, nested) {
    const items = Array.from({ length: this.random.below(4) }, () => this.item(association, nested));
    const idOf = (item) => (typeof item === 'object' ? item.id : item);
    return items.filter((item, i) => idOf(item) === undefined || items.findIndex((other) => idOf(other) === idOf(item)) === i);
  }
  item({ target, type, foreignKey }, nested) {
    const { random } = this;
    const kind = random.next();
    if (kind < 0.3) return this.key(target);
    // The way back, and the key that says it, are given by the association itself.
    const without = Object.entries(schema[target].associations).filter(([, inner]) => inner.foreignKey === foreignKey && inner.type !== 'belongsToMany').map(([name]) => name);
    const values = this.values(target, { nested: nested - 1, without: [foreignKey, ...without] });
    if (type === 'belongsTo') for (const name of without) delete values[name];
    return kind < 0.65 ? { id: this.key(target), ...values } : values;
  }
  updated(collection) {
    const paths = Object.keys(schema[collection].associations).filter(() => this.random.chance(0.55));
    for (const name of [...paths]) {
      const { target } = schema[collection].associations[name];
      paths.push(...some(this.random, Object.keys(schema[target].associations), 0.4).map((inner) => `${name}.${inner}`));
    }
    return paths;
  }

  create(source) {
    const collection = source ? schema[source.collection].associations[source.association].target : this.collection();
    const own = source ? [schema[source.collection].associations[source.association].foreignKey] : [];
    const back = source ? Object.entries(schema[collection].associations).filter(([, { foreignKey }]) => own.includes(foreignKey)).map(([name]) => name) : [];
    return { kind: 'create', action: 'create', collection, ...(source && { source }), values: this.values(collection, { without: [...own, ...back] }), updated: this.updated(collection) };
  }
  createBehind() { return this.create(this.source(['hasMany', 'hasOne', 'belongsToMany'])); }

  addressing(collection) { return this.random.chance(0.7) ? { key: this.key(collection) } : { filter: this.filter(collection) }; }
  update(source) {
    const collection = source ? schema[source.collection].associations[source.association].target : this.collection();
    const addressing = this.addressing(collection);
    // Records that several rows are linked with at once are not told apart: nested values go to one row.
    const nested = addressing.key === undefined ? 0 : 2;
    return { kind: 'update', action: 'update', collection, ...(source && { source }), ...addressing, values: this.values(collection, { nested }), updated: this.updated(collection) };
  }
  updateBehind() { return this.update(this.source(['hasMany', 'belongsToMany'])); }
  destroy(source) {
    const collection = source ? schema[source.collection].associations[source.association].target : this.collection();
    return { kind: 'destroy', action: 'destroy', collection, ...(source && { source }), ...this.addressing(collection) };
  }
  destroyBehind() { return this.destroy(this.source(['hasMany', 'belongsToMany'])); }

  findOrCreate(action) {
    const { random } = this;
    const collection = this.collection();
    const names = this.names();
    const texts = askable(collection).filter((name) => ['text', 'hidden'].includes(schema[collection].fields[name]));
    const fitting = texts.filter((name) => names(collection, name));
    const filterKeys = [random.pick(fitting.length ? fitting : texts)];
    const values = this.values(collection);
    const rows = this.store.rows(collection).filter((row) => row[filterKeys[0]] !== null);
    values[filterKeys[0]] = rows.length && random.chance(0.6) ? random.pick(rows)[filterKeys[0]] : this.markers.text('a', `${collection}.${filterKeys[0]}`);
    return { kind: action, action, collection, filterKeys, values, updated: this.updated(collection) };
  }
  firstOrCreate() { return this.findOrCreate('firstOrCreate'); }
  updateOrCreate() { return this.findOrCreate('updateOrCreate'); }

  link() {
    const source = this.source(['hasMany', 'belongsToMany', 'belongsTo', 'hasOne']);
    const association = schema[source.collection].associations[source.association];
    const change = this.random.pick(['add', 'set', 'remove', 'toggle']);
    let keys = this.keys(association.target);
    if (!isToMany(association)) keys = keys.slice(0, 1);
    return { kind: 'link', action: change, change, collection: association.target, source, keys };
  }
}
