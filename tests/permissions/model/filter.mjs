// Whether a row meets a filter, by trying every combination of the rows that its associations lead to
// (filters.md sections 1, 3, 4, 5, 8: associations are outer joins, one for each path that the filter names).
import { isAssociation, schema } from './schema.mjs';

const list = (value) => (Array.isArray(value) ? value : [value]);
const text = (value) => String(value).toLowerCase();
const fixed = (test) => (cell, value) => cell !== null && test(text(cell), text(value));

/** Contract: null rows are found by $ne and $notIn, and by no other negative operator. */
const operators = {
  $eq: (cell, value) => (Array.isArray(value) ? value.includes(cell) : cell === value),
  $ne: (cell, value) => (value === null ? cell !== null : cell === null || cell !== value),
  $in: (cell, value) => value !== null && cell !== null && list(value).includes(cell),
  $notIn: (cell, value) => cell === null || !list(value).includes(cell),
  $gt: (cell, value) => cell !== null && cell > value,
  $lte: (cell, value) => cell !== null && cell <= value,
  $startsWith: fixed((cell, value) => cell.startsWith(value)),
  $includes: fixed((cell, value) => cell.includes(value)),
  $notIncludes: fixed((cell, value) => !cell.includes(value)),
  $empty: (cell) => cell === null || cell === '',
  $notEmpty: (cell) => cell !== null && cell !== '',
};

const below = (path, name) => (path === '' ? name : `${path}.${name}`);

/** Calls `visit(collection, path, key, value)` for every condition: key is a field or `$exists`, path the associations before it. */
function walk(filter, collection, path, visit) {
  for (const [key, value] of Object.entries(filter)) {
    if (key === '$and' || key === '$or') {
      for (const part of value) walk(part, collection, path, visit);
      continue;
    }
    const [head, ...rest] = key.split('.');
    if (head === '$exists' || head === '$notExists') visit(collection, path, head, value);
    else if (isAssociation(collection, head)) {
      const { target } = schema[collection].associations[head];
      walk(rest.length ? { [rest.join('.')]: value } : value, target, below(path, head), visit);
    } else visit(collection, path, head, value);
  }
}

/** [collection, field or association] of everything that a filter asks about, for whoever checks what may be read. */
export function namesOf(filter, collection) {
  const names = [];
  walk(filter, collection, '', (at, path, key) => {
    let from = collection;
    for (const name of path === '' ? [] : path.split('.')) {
      names.push([from, name]);
      from = schema[from].associations[name].target;
    }
    if (!key.startsWith('$')) names.push([at, key]);
  });
  return names;
}

/** Whether a condition is about the field of this collection itself (auth-acl.md section 8: createdById). */
export function mentions(filter, collection, field) {
  let found = false;
  if (filter) walk(filter, collection, '', (at, path, key) => { found ||= path === '' && key === field; });
  return found;
}

function holds(filter, collection, path, tuple) {
  return Object.entries(filter).every(([key, value]) => {
    if (key === '$and') return value.every((part) => holds(part, collection, path, tuple));
    if (key === '$or') return value.length === 0 || value.some((part) => holds(part, collection, path, tuple));
    const [head, ...rest] = key.split('.');
    if (head === '$exists') return tuple.get(path) !== null;
    if (head === '$notExists') return tuple.get(path) === null;
    if (isAssociation(collection, head)) {
      const { target } = schema[collection].associations[head];
      return holds(rest.length ? { [rest.join('.')]: value } : value, target, below(path, head), tuple);
    }
    const row = tuple.get(path);
    const cell = row ? row[head] ?? null : null;
    const tests = rest.length ? { [rest[0]]: value } : value;
    if (tests === null || typeof tests !== 'object' || Array.isArray(tests)) return operators.$eq(cell, tests);
    return Object.entries(tests).every(([operator, operand]) => operators[operator](cell, operand));
  });
}

/** `reach(collection, row, association)` answers the rows that the association leads to. */
export function matches(filter, collection, row, reach) {
  if (!filter) return true;
  const paths = new Set();
  walk(filter, collection, '', (at, path) => {
    const names = path === '' ? [] : path.split('.');
    names.forEach((_, i) => paths.add(names.slice(0, i + 1).join('.')));
  });
  let tuples = [new Map([['', row]])];
  for (const path of [...paths].sort((a, b) => a.split('.').length - b.split('.').length)) {
    const names = path.split('.');
    const last = names.pop();
    const from = names.reduce((at, name) => schema[at].associations[name].target, collection);
    tuples = tuples.flatMap((tuple) => {
      const parent = tuple.get(names.join('.'));
      const found = parent ? reach(from, parent, last) : [];
      return (found.length ? found : [null]).map((next) => new Map(tuple).set(path, next));
    });
  }
  return tuples.some((tuple) => holds(filter, collection, '', tuple));
}
