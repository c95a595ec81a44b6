// The answer and the rows afterwards, as the model has them and as the server has them.
import { isDeepStrictEqual } from 'node:util';
import { create, destroy, findOrCreate, link, update } from './writes.mjs';
import { get, list, query } from './reads.mjs';
import { markersIn } from './markers.mjs';
import { Refused } from './rights.mjs';
import { attributes, collections, schema } from './schema.mjs';
import { stateOf } from './server_world.mjs';

const handlers = {
  list, get, query, create, update, destroy, link,
  firstOrCreate: (rights, request) => findOrCreate(rights, request, false),
  updateOrCreate: (rights, request) => findOrCreate(rights, request, true),
};

/** What the model says. A write changes its rows. */
export function expected(rights, request) {
  try {
    return handlers[request.kind](rights, request);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { status: error.status, why: error.message };
  }
}

/** Times and who changed a row last are compared by being there; what links say of themselves has no secrets and is left out. */
function plain(value) {
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).filter(([name]) => name !== '_pivot_' && name !== 'postsTags')
    .map(([name, item]) => [name, name === 'createdAt' || name === 'updatedAt' || name === 'updatedById' ? 'set' : plain(item)]);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
/** Lists behind an association come in the order of their keys; groups of a query in any order. */
function ordered(value, top) {
  if (Array.isArray(value)) {
    const items = value.map((item) => ordered(item, false));
    return top ? items : items.sort((a, b) => (a.id !== undefined && b.id !== undefined ? a.id - b.id : JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  }
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, ordered(item, false)]));
}
const comparable = (value, request) => ordered(plain(value), request.kind !== 'query');

/** Where the model leaves several answers open, the one that came. */
function settled(wanted, got) {
  if (wanted === null || typeof wanted !== 'object') return wanted;
  if (wanted.oneOf) return wanted.oneOf.find((item) => isDeepStrictEqual(settled(item, got), got)) ?? wanted.oneOf[0];
  if (Array.isArray(wanted)) return wanted.map((item, i) => settled(item, got?.[i]));
  return Object.fromEntries(Object.entries(wanted).map(([name, item]) => [name, settled(item, got?.[name])]));
}

/** Everything that the roles may see, and what the asker said itself. */
function visibleMarkers(rights, request) {
  const visible = markersIn(request);
  for (const collection of collections) {
    if (!rights.grant(collection, 'view')) continue;
    const names = attributes(collection).filter((name) => rights.mayRead(collection, name));
    for (const row of rights.store.rows(collection))
      if (rights.inView(collection, row)) for (const name of names) markersIn(row[name], visible);
  }
  return visible;
}
/** Everything that is stored and may not be seen, hidden fields and passwords too. Taken before the request. */
export function secretMarkers(rights, request) {
  const visible = visibleMarkers(rights, request);
  return [...markersIn(rights.store.tables)].filter((marker) => !visible.has(marker));
}
/** The records that a request writes are answered as they are afterwards, hidden fields and passwords apart. */
function writtenMarkers(answer, rights) {
  const written = new Set();
  for (const row of [...(answer.touched ?? []), ...(answer.rows ?? [])]) {
    const collection = collections.find((name) => rights.store.rows(name).includes(row));
    for (const name of collection ? attributes(collection) : [])
      if (schema[collection].fields[name] !== 'password') markersIn(row[name], written);
  }
  return written;
}

/** Differences between the answers, as texts. */
export function compareAnswers(rights, request, expectation, answer, secret) {
  const differences = [];
  const differ = (what, wanted, got) => differences.push(`${what}: expected ${JSON.stringify(wanted)}, got ${JSON.stringify(got)}`);
  if (answer.status !== expectation.status) differ(`status (${expectation.why ?? answer.text.slice(0, 300)})`, expectation.status, answer.status);
  else if (answer.status === 200) {
    const { data, meta } = answer.body;
    if ('data' in expectation) {
      const got = comparable(data, request), wanted = settled(comparable(expectation.data, request), got);
      if (!isDeepStrictEqual(wanted, got)) differ('data', wanted, got);
    }
    if (expectation.meta) {
      if (meta.count !== expectation.meta.count) differ('count', expectation.meta.count, meta.count);
      if (!isDeepStrictEqual(meta.allowedActions, expectation.meta.allowedActions)) differ('allowedActions', expectation.meta.allowedActions, meta.allowedActions);
    }
    if (request.kind === 'update' && data?.length !== expectation.rows.length) differ('rows updated', expectation.rows.length, data);
  }
  const shown = markersIn(answer.body), written = writtenMarkers(expectation, rights);
  // A write may bring a record into view, by a scope that asks for what it is linked to: the answer is told afterwards.
  const leaked = secret.filter((marker) => shown.has(marker) && !written.has(marker) && !visibleMarkers(rights, request).has(marker));
  if (leaked.length) differences.push(`shows what may not be read: ${leaked.join(', ')} in ${answer.text.slice(0, 1500)}`);
  return differences;
}

/** Rows that the model made have the keys that the server gave them, in the order they were made. */
export function adoptKeys(store, state) {
  for (const collection of collections) {
    const have = new Set(store.rows(collection).map((row) => row.id));
    const fresh = state.tables[collection].map((row) => row.id).filter((id) => !have.has(id)).sort((a, b) => a - b);
    const made = store.rows(collection).map((row) => row.id).filter((id) => id < 0).sort((a, b) => b - a);
    made.forEach((id, i) => { if (fresh[i] !== undefined) store.rename(collection, id, fresh[i]); });
  }
}

export function compareStates(store, state) {
  const model = stateOf(store);
  const differences = [];
  for (const collection of collections) {
    const rows = new Map(model.tables[collection].map((row) => [row.id, row]));
    for (const row of state.tables[collection]) {
      const wanted = rows.get(row.id);
      if (!wanted) differences.push(`${collection} has a row too many: ${JSON.stringify(row)}`);
      else if (!isDeepStrictEqual(row, wanted)) differences.push(`${collection} ${row.id}: expected ${JSON.stringify(wanted)}, is ${JSON.stringify(row)}`);
      rows.delete(row.id);
    }
    for (const row of rows.values()) differences.push(`${collection} lacks ${JSON.stringify(row)}`);
  }
  const texts = (links) => links.map(([post, tag]) => `${post}-${tag}`).sort();
  if (!isDeepStrictEqual(texts(model.links), texts(state.links))) differences.push(`links: expected ${texts(model.links)}, are ${texts(state.links)}`);
  return differences;
}
