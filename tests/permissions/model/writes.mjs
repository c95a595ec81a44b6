// What writes do to the rows: auth-acl.md sections 8 (association operations, destroy) and 11, actions.md sections
// 4 to 8 and 12. Each answers {status, data?}, and changes the store when it is allowed to.
import { isAssociation, isToMany, schema } from './schema.mjs';
import { addressed } from './reads.mjs';
import { Refused } from './rights.mjs';

const below = (path, name) => (path === '' ? name : `${path}.${name}`);
const pick = (values, names) => Object.fromEntries(Object.entries(values).filter(([name]) => names.includes(name)));

/** A write of one request: cuts the values first, all of them, then applies them. */
export class Write {
  /** `updated`: the paths of updateAssociationValues. */
  constructor(rights, updated = []) { Object.assign(this, { rights, store: rights.store, updated, touched: new Set() }); }

  /** Whose a record is the server says, and hidden fields are its own, unless a grant lists them. */
  dropServerFields(collection, values, whitelist) {
    const { fields } = schema[collection];
    const server = (name) => ['createdBy', 'createdById', 'updatedBy', 'updatedById'].includes(name) || fields[name] === 'hidden';
    return Object.fromEntries(Object.entries(values).filter(([name]) => !server(name) || whitelist?.includes(name)));
  }

  /** Section 11: values cut to the whitelist, associations to what their own collections grant. */
  prune(collection, given, whitelist, path = '') {
    const values = this.dropServerFields(collection, whitelist ? pick(given, whitelist) : given, whitelist);
    const out = {};
    for (const [name, value] of Object.entries(values)) {
      if (!isAssociation(collection, name)) { out[name] = value; continue; }
      const { target } = schema[collection].associations[name];
      const at = below(path, name);
      if (Array.isArray(value)) out[name] = value.map((item) => this.pruneItem(target, item, at)).filter((item) => item !== undefined);
      else if (value === null) out[name] = null;
      else {
        const item = this.pruneItem(target, value, at);
        if (item !== undefined) out[name] = item;
      }
    }
    return out;
  }

  /** undefined: left out. */
  pruneItem(target, item, path) {
    if (item === null || typeof item !== 'object') return item;
    const id = item.id ?? null;
    const existing = id === null ? null : this.store.find(target, id);
    if (this.updated.includes(path)) {
      if (existing) {
        const update = this.rights.grant(target, 'update');
        if (update && this.rights.inScope(target, existing, update)) return this.cutNested(target, item, update, path);
      } else {
        const create = this.rights.grant(target, 'create');
        return create ? this.cutNested(target, item, create, path) : undefined;
      }
    }
    return id === null ? undefined : id;
  }
  cutNested(target, item, { whitelist }, path) {
    const pruned = this.prune(target, item, whitelist && [...whitelist, 'id'], path);
    return pruned;
  }

  /** Section 12 of actions.md. Answers the row linked, or null for a key that no row has. */
  resolveItem(target, item, path, all, fixed) {
    if (typeof item !== 'object') return this.store.find(target, item);
    const existing = item.id == null ? null : this.store.find(target, item.id);
    if (!existing) return this.insert(target, item, path, all, fixed);
    const { id, ...changes } = item;
    if ((this.updated.includes(path) || (all && !path.includes('.'))) && Object.keys(changes).length) this.change(target, existing, { ...changes, ...fixed }, path, all);
    return existing;
  }

  /** belongsTo: the key is in the row itself, and is settled before it is written. */
  ownedKeys(collection, values, path, all) {
    const keys = {};
    for (const [name, { type, target, foreignKey }] of Object.entries(schema[collection].associations)) {
      if (type !== 'belongsTo' || !(name in values)) continue;
      const value = values[name];
      if (value === null || typeof value !== 'object') keys[foreignKey] = value;
      else keys[foreignKey] = this.resolveItem(target, value, below(path, name), all, {}).id;
    }
    return keys;
  }
  /** hasOne, hasMany, belongsToMany: the final set of links is what is given. */
  dependents(collection, row, values, path, all) {
    for (const [name, association] of Object.entries(schema[collection].associations)) {
      if (association.type === 'belongsTo' || !(name in values)) continue;
      const items = (Array.isArray(values[name]) ? values[name] : [values[name]]).filter((item) => item !== null);
      const fixed = association.type === 'belongsToMany' ? {} : { [association.foreignKey]: row.id };
      const rows = items.map((item) => this.resolveItem(association.target, item, below(path, name), all, fixed)).filter((next) => next !== null);
      this.setLinks(association, row, rows);
    }
  }
  setLinks({ type, target, foreignKey }, row, rows) {
    if (type === 'belongsToMany') {
      this.store.links = this.store.links.filter(([own]) => own !== row.id);
      this.addLinks(row, rows);
      return;
    }
    for (const other of this.store.rows(target)) if (other[foreignKey] === row.id && !rows.includes(other)) other[foreignKey] = null;
    for (const next of rows) next[foreignKey] = row.id;
  }
  addLinks(row, rows) {
    for (const next of rows)
      if (!this.store.links.some(([own, other]) => own === row.id && other === next.id)) this.store.links.push([row.id, next.id]);
  }

  insert(collection, values, path, all, fixed = {}) {
    const given = { ...values, ...fixed };
    const row = this.store.insert(collection, { ...given, ...this.ownedKeys(collection, given, path, all) }, this.rights.user.id);
    this.touched.add(row);
    this.dependents(collection, row, values, path, all);
    return row;
  }
  change(collection, row, values, path = '', all = false) {
    const plain = Object.fromEntries(Object.entries(values).filter(([name]) => name in schema[collection].fields));
    Object.assign(row, plain, this.ownedKeys(collection, values, path, all));
    this.touched.add(row);
    this.dependents(collection, row, values, path, all);
  }
}

/** Through an association the new record is linked to the source. */
function createBehind(write, request, values) {
  const { collection, source } = request;
  if (!source) return write.insert(collection, values, '', true);
  const association = schema[source.collection].associations[source.association];
  const owner = write.store.find(source.collection, source.id);
  if (association.type === 'belongsToMany') {
    const row = write.insert(collection, values, '', true);
    write.addLinks(owner, [row]);
    return row;
  }
  if (!isToMany(association)) write.setLinks(association, owner, []);
  return write.insert(collection, values, '', true, { [association.foreignKey]: owner.id });
}

export function create(rights, request) {
  const grant = rights.require(request.collection, 'create');
  const write = new Write(rights, request.updated);
  const values = write.prune(request.collection, request.values, grant.whitelist);
  const row = createBehind(write, request, values);
  return { status: 200, rows: [row], touched: write.touched };
}

export function update(rights, request) {
  const { collection } = request;
  const grant = rights.require(collection, 'update');
  rights.checkFilter(collection, request.filter);
  const write = new Write(rights, request.updated);
  const values = write.prune(collection, request.values, grant.whitelist);
  const rows = addressed(rights, collection, grant, request);
  for (const row of rows) write.change(collection, row, values);
  return { status: 200, rows, touched: write.touched };
}

/** Whoever names a record by key is told when it is not theirs to delete. */
export function destroy(rights, request) {
  const { collection, store = rights.store } = request;
  const grant = rights.require(collection, 'destroy');
  rights.checkFilter(collection, request.filter);
  const rows = addressed(rights, collection, grant, request);
  if (request.key !== undefined && addressed(rights, collection, {}, request).length > rows.length) throw new Refused('out of scope');
  for (const row of rows) store.remove(collection, row);
  return { status: 200, data: request.source ? true : rows.length, touched: new Set() };
}

/** firstOrCreate and updateOrCreate. Finding is not creating: what is there takes view, or update. */
export function findOrCreate(rights, request, changes) {
  const { collection, filterKeys } = request;
  const grant = rights.require(collection, changes ? 'updateOrCreate' : 'firstOrCreate');
  for (const name of filterKeys) rights.checkPath(collection, name);
  const write = new Write(rights, request.updated);
  const whitelist = grant.whitelist && [...grant.whitelist, ...filterKeys];
  const found = rights.store.rows(collection).find((row) => filterKeys.every((name) => row[name] === (request.values[name] ?? null)));
  if (!found) {
    const row = write.insert(collection, write.prune(collection, request.values, whitelist), '', true);
    return { status: 200, rows: [row], touched: write.touched };
  }
  const needed = rights.require(collection, changes ? 'update' : 'get');
  if (!rights.inScope(collection, found, needed)) throw new Refused('out of scope');
  if (!changes) return { status: 200, touched: new Set() };
  const allowed = pick(whitelist ? pick(request.values, whitelist) : request.values, needed.whitelist ?? Object.keys(request.values));
  write.change(collection, found, write.prune(collection, allowed, needed.whitelist));
  return { status: 200, rows: [found], touched: write.touched };
}

/** add, set, remove, toggle change the source record: they need update on it, in its scope, and the association listed. */
export function link(rights, request) {
  const { source, change, keys } = request;
  const association = schema[source.collection].associations[source.association];
  const grant = rights.require(source.collection, 'update');
  if (grant.whitelist && !grant.whitelist.includes(source.association)) throw new Refused('association is not listed');
  const owner = rights.store.find(source.collection, source.id);
  if (!rights.inScope(source.collection, owner, grant)) throw new Refused('source is out of scope');
  const write = new Write(rights);
  const { store } = rights;
  const rows = keys.map((key) => store.find(association.target, key)).filter((row) => row !== null);
  const linked = (row) => store.links.some(([own, other]) => own === owner.id && other === row.id);
  const unlink = (gone) => { store.links = store.links.filter(([own, other]) => own !== owner.id || !gone.some((row) => row.id === other)); };
  if (association.type === 'belongsToMany') {
    if (change === 'set') write.setLinks(association, owner, rows);
    if (change === 'add') write.addLinks(owner, rows);
    if (change === 'remove') unlink(rows);
    if (change === 'toggle') {
      const [gone, fresh] = [rows.filter(linked), rows.filter((row) => !linked(row))];
      unlink(gone);
      write.addLinks(owner, fresh);
    }
  } else if (association.type === 'hasMany') {
    if (change === 'set') write.setLinks(association, owner, rows);
    if (change === 'add') for (const row of rows) row[association.foreignKey] = owner.id;
    if (change === 'remove') for (const row of rows) if (row[association.foreignKey] === owner.id) row[association.foreignKey] = null;
  } else if (association.type === 'hasOne') {
    if (change === 'set') write.setLinks(association, owner, rows.slice(0, 1));
    if (change === 'remove') write.setLinks(association, owner, []);
  } else {
    if (change === 'set') owner[association.foreignKey] = keys[0] ?? null;
    if (change === 'remove') owner[association.foreignKey] = null;
  }
  return { status: 200, touched: new Set() };
}
