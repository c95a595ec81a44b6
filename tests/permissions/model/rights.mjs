// What roles may do: auth-acl.md sections 6 to 10 and 12, each rule as it is written there.
import { matches, mentions, namesOf } from './filter.mjs';
import { isAssociation, schema } from './schema.mjs';

const aliases = { list: 'view', get: 'view', query: 'view', firstOrCreate: 'create', updateOrCreate: 'create' };
const own = { createdById: '{{ ctx.state.currentUser.id }}' };
const union = (a, b) => [...new Set([...a, ...b])];

export class Refused extends Error { constructor(why) { super(why); this.status = 403; } }

/** Section 8, "Strategy": `*`, `name`, `name:own`. Answers a grant or null. */
function byStrategy(strategy, permission) {
  const actions = strategy?.actions;
  if (!actions) return null;
  if (actions === '*' || actions.includes('*') || actions.includes(permission)) return {};
  return actions.includes(`${permission}:own`) ? { filter: own } : null;
}

/** Section 8, "Explicit grants". */
function byConfiguration(collection, permission, { fields, scope }) {
  const grant = {};
  if (scope === 'own') grant.filter = own;
  else if (scope && scope !== 'all') grant.filter = scope;
  if (permission === 'create' || permission === 'update') grant.whitelist = fields;
  if (permission === 'view') {
    const plain = fields.filter((name) => !isAssociation(collection, name));
    grant.fields = union(plain, ['id', 'createdAt', 'updatedAt']);
    grant.appends = fields.filter((name) => isAssociation(collection, name));
  }
  if (permission === 'destroy') grant.listed = fields;
  return grant;
}

/** Section 8, step 3: grants of its own decide alone, then the strategy. */
function decideRole(role, collection, permission) {
  const resource = role.resources[collection];
  if (!resource) return byStrategy(role.strategy, permission);
  return resource[permission] ? byConfiguration(collection, permission, resource[permission]) : null;
}

/** Section 10. */
function merge(a, b) {
  if (Object.keys(a).length === 0 || Object.keys(b).length === 0) return {};
  const out = {};
  if (a.filter && b.filter) out.filter = { $or: [a.filter, b.filter] };
  for (const part of ['fields', 'whitelist'])
    if (a[part]?.length && b[part]?.length) out[part] = union(a[part], b[part]);
  if (a.appends && b.appends) out.appends = union(a.appends, b.appends);
  return out;
}

/** Section 12; unknown names are null. */
function resolve(value, user, roles) {
  if (Array.isArray(value)) return value.map((item) => resolve(item, user, roles));
  if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value).map(([key, item]) => (key === '$isCurrentUser' ? ['$eq', user.id] : [key, resolve(item, user, roles)]));
    return Object.fromEntries(entries);
  }
  switch (typeof value === 'string' ? value.replace(/^\{\{\s*|\s*\}\}$/g, '') : '') {
    case 'ctx.state.currentUser.id': return user.id;
    case 'ctx.state.currentUser.nickname':
    case '$user.nickname': return user.nickname;
    case '$nRole': return roles.length > 1 ? roles.map((role) => role.name) : roles[0].name;
    case '$user.nosuch': return null;
    default: return value;
  }
}

/** What a user in these roles may do with the rows of `store`. */
export class Rights {
  constructor(store, user, roles) { Object.assign(this, { store, user, roles }); }

  /** The grant for an action, scope placeholders replaced; null when it is not allowed. */
  grant(collection, action) {
    const permission = aliases[action] ?? action;
    const grants = this.roles.map((role) => decideRole(role, collection, permission)).filter((grant) => grant !== null);
    if (grants.length === 0) return null;
    const grant = grants.reduce(merge);
    // Section 8: a scope that asks for a creator where there is none.
    if (!schema[collection].creators && mentions(grant.filter, collection, 'createdById')) return null;
    return { ...grant, filter: grant.filter && resolve(grant.filter, this.user, this.roles) };
  }
  require(collection, action) {
    const grant = this.grant(collection, action);
    if (!grant) throw new Refused(`${collection}:${action}`);
    return grant;
  }

  /** The scope of a grant speaks of all rows, whatever the role may see of them. */
  inScope(collection, row, grant) { return matches(grant.filter, collection, row, (c, r, a) => this.store.reach(c, r, a)); }
  inView(collection, row) {
    const view = this.grant(collection, 'view');
    return view !== null && this.inScope(collection, row, view);
  }
  /** Stricter than the peer: records behind an association are those in view. */
  reachInView(collection, row, association) {
    const { target } = schema[collection].associations[association];
    return this.store.reach(collection, row, association).filter((next) => this.inView(target, next));
  }
  meets(filter, collection, row) { return matches(filter, collection, row, (c, r, a) => this.reachInView(c, r, a)); }

  /** A field or association that lists show. */
  mayRead(collection, name) {
    const view = this.grant(collection, 'view');
    if (!view) return name === 'id';
    const kind = schema[collection].fields[name];
    if (kind === 'hidden' || kind === 'password') return false;
    if (name === 'createdById') return true;
    const listed = isAssociation(collection, name) ? view.appends : view.fields;
    return !listed || listed.includes(name);
  }
  /** An association of which something may be shown, or a field: `author.name`. */
  mayReadPath(collection, path) {
    const [head, ...rest] = path.split('.');
    if (!this.mayRead(collection, head)) return false;
    if (!isAssociation(collection, head)) return true;
    const { target } = schema[collection].associations[head];
    if (!this.grant(target, 'view')) return false;
    return rest.length === 0 || this.mayReadPath(target, rest.join('.'));
  }
  /** Stricter than the peer: what may not be read cannot be asked about. */
  checkPath(collection, path) { if (!this.mayReadPath(collection, path)) throw new Refused(`${path} of ${collection}`); }
  checkFilter(collection, filter) {
    for (const [at, name] of namesOf(filter ?? {}, collection)) this.checkPath(at, name);
  }
}
