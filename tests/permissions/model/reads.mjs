// Answers of list, get and query: auth-acl.md section 8 ("Parameter merge"), actions.md sections 2, 3 and 10.
import { attributes, isAssociation, isToMany, schema } from './schema.mjs';
import { Refused } from './rights.mjs';

const head = (path) => path.split('.')[0];
const rest = (path) => path.split('.').slice(1).join('.');

/** Fields and appends of the request, cut to what is granted. `fields` is null for everything. */
function narrow(rights, collection, grant, action, request) {
  let fields = request.fields ?? null;
  let appends = request.appends ?? [];
  if (grant.fields) {
    const shown = schema[collection].creators && action !== 'query' ? [...grant.fields, 'createdById'] : grant.fields;
    fields = fields ? fields.filter((name) => shown.includes(name)) : shown;
  }
  if (grant.appends) appends = appends.filter((path) => grant.appends.includes(head(path)));
  appends = appends.filter((path) => rights.mayReadPath(collection, path));
  if (fields) fields = fields.filter((path) => !isAssociation(collection, head(path)) || rights.mayReadPath(collection, path));
  return { fields, appends, except: request.except ?? [] };
}

/** A record as it is shown. Of records behind an association, `limit` is the grant to view them. */
function show(rights, collection, row, { fields, appends, except }, limit) {
  const shows = (name) => {
    if (!limit) return true;
    const listed = isAssociation(collection, name) ? limit.appends : limit.fields;
    return !listed || listed.includes(name);
  };
  const names = (fields ?? attributes(collection)).filter((path) => !isAssociation(collection, head(path)));
  const out = {};
  for (const name of names)
    if (attributes(collection).includes(name) && shows(name) && !except.includes(name)) out[name] = cell(collection, row, name);

  const branches = {};
  const branch = (path) => (branches[head(path)] ??= { whole: false, fields: [], appends: [] });
  for (const path of fields ?? []) {
    if (!isAssociation(collection, head(path)) || !shows(head(path))) continue;
    if (rest(path)) branch(path).fields.push(rest(path));
    else branch(path).whole = true;
  }
  for (const path of appends) {
    if (!isAssociation(collection, head(path)) || !shows(head(path))) continue;
    if (!rest(path)) branch(path).whole = true;
    else branch(path).appends.push(rest(path));
  }
  for (const [name, { whole, fields: only, appends: inner }] of Object.entries(branches)) {
    if (except.includes(name)) continue;
    const association = schema[collection].associations[name];
    const view = rights.grant(association.target, 'view');
    const attribute = inner.filter((path) => !isAssociation(association.target, head(path)));
    const wanted = {
      fields: whole ? null : [...only, ...attribute],
      appends: inner.filter((path) => isAssociation(association.target, head(path))),
      except: except.filter((path) => head(path) === name && rest(path)).map(rest),
    };
    const rows = rights.reachInView(collection, row, name).map((next) => show(rights, association.target, next, wanted, view));
    if (isToMany(association)) out[name] = rows;
    // Nothing keeps a hasOne from having two records; which one is shown is not told.
    else out[name] = rows.length > 1 ? { oneOf: rows } : rows[0] ?? null;
  }
  return out;
}

/** The password is never shown; times and who changed a row last are compared by being there. */
function cell(collection, row, name) {
  if (['createdAt', 'updatedAt', 'updatedById'].includes(name)) return 'set';
  return schema[collection].fields[name] === 'password' ? null : row[name] ?? null;
}

const least = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

/** Sorted by each term, nulls last, at last by key. Of an association, the record in view counts. */
function sorted(rights, collection, rows, terms) {
  const value = (row, path) => {
    if (!isAssociation(collection, head(path))) return row[path] ?? null;
    return rights.reachInView(collection, row, head(path))[0]?.[rest(path)] ?? null;
  };
  return [...rows].sort((a, b) => {
    for (const term of [...terms, 'id']) {
      const path = term.replace(/^-/, '');
      const [x, y] = [value(a, path), value(b, path)];
      if (x === y) continue;
      if (x === null || y === null) return x === null ? 1 : -1;
      return term.startsWith('-') ? -least(x, y) : least(x, y);
    }
    return 0;
  });
}

/** Rows that a request addresses: in the scope of the action, behind the source, by key and by filter. */
export function addressed(rights, collection, grant, request) {
  const { source } = request;
  let rows = rights.store.rows(collection);
  if (source) {
    const owner = rights.store.find(source.collection, source.id);
    rows = owner ? rights.store.reach(source.collection, owner, source.association) : [];
  }
  return rows.filter((row) => rights.inScope(collection, row, grant) && rights.meets(request.filter, collection, row)
    && (request.key === undefined || row.id === request.key));
}

/** Which of the records shown may be viewed, updated, destroyed (section 14). */
function allowedActions(rights, collection, rows) {
  const of = (action) => {
    const grant = rights.grant(collection, action);
    return grant ? rows.filter((row) => rights.inScope(collection, row, grant)).map((row) => row.id) : [];
  };
  return { view: of('view'), update: of('update'), destroy: of('destroy') };
}

function checkRead(rights, collection, request) {
  rights.checkFilter(collection, request.filter);
  for (const term of request.sort ?? []) rights.checkPath(collection, term.replace(/^-/, ''));
}

export function list(rights, request) {
  const { collection } = request;
  const grant = rights.require(collection, 'list');
  checkRead(rights, collection, request);
  const rows = sorted(rights, collection, addressed(rights, collection, grant, request), request.sort ?? []);
  const page = request.page ?? 1, pageSize = request.pageSize ?? 20;
  const shown = rows.slice((page - 1) * pageSize, page * pageSize);
  const selection = narrow(rights, collection, grant, 'list', request);
  return {
    status: 200, data: shown.map((row) => show(rights, collection, row, selection, null)),
    meta: { count: rows.length, ...(request.meta && { allowedActions: allowedActions(rights, collection, shown) }) },
  };
}

export function get(rights, request) {
  const { collection } = request;
  const grant = rights.require(collection, 'get');
  checkRead(rights, collection, request);
  const [row] = sorted(rights, collection, addressed(rights, collection, grant, request), request.sort ?? []);
  if (!row) return { status: 200, data: null };
  return { status: 200, data: show(rights, collection, row, narrow(rights, collection, grant, 'get', request), null) };
}

const aggregations = {
  count: (cells) => cells.length,
  sum: (cells) => (cells.length ? cells.reduce((a, b) => a + b) : null),
  min: (cells) => (cells.length ? cells.reduce((a, b) => (b < a ? b : a)) : null),
  max: (cells) => (cells.length ? cells.reduce((a, b) => (b > a ? b : a)) : null),
};

/** Measures and dimensions that may not be read are left out; a filter on such a field is refused (A50). */
export function query(rights, request) {
  const { collection } = request;
  const grant = rights.require(collection, 'query');
  const readable = (item) => rights.mayReadPath(collection, item.field.join('.'));
  const measures = request.measures.filter(readable), dimensions = request.dimensions.filter(readable);
  if (measures.length + dimensions.length === 0) throw new Refused('nothing is left of the query');
  rights.checkFilter(collection, request.filter);
  const value = (row, [name, inner]) => {
    if (!inner) return row[name] ?? null;
    return rights.reachInView(collection, row, name)[0]?.[inner] ?? null;
  };
  const rows = addressed(rights, collection, grant, request);
  const key = (row) => dimensions.map(({ field }) => value(row, field));
  if (measures.length === 0) return { status: 200, data: rows.map((row) => Object.fromEntries(dimensions.map(({ field, alias }) => [alias, value(row, field)]))) };
  const groups = new Map(dimensions.length ? [] : [['[]', []]]);
  for (const row of rows) {
    const group = JSON.stringify(key(row));
    groups.set(group, [...(groups.get(group) ?? []), row]);
  }
  const data = [...groups].map(([group, members]) => {
    const out = Object.fromEntries(dimensions.map(({ alias }, i) => [alias, JSON.parse(group)[i]]));
    for (const { field, aggregation, alias } of measures)
      out[alias] = aggregations[aggregation](members.map((row) => value(row, field)).filter((cell) => cell !== null));
    return out;
  });
  return { status: 200, data };
}
