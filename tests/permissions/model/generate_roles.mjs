// Conditions, scopes and roles by chance.
import { choices, collections, grantable, schema } from './schema.mjs';
import { roleNames } from './server_world.mjs';

export const some = (random, list, p) => list.filter(() => random.chance(p));
export const shuffled = (random, list) => list.map((item) => [random.next(), item]).sort((a, b) => a[0] - b[0]).map(([, item]) => item);
export const visible = (collection) => Object.keys(schema[collection].fields).filter((name) => !['hidden', 'password'].includes(schema[collection].fields[name]));
/** Fields that a request may ask about: hidden ones too, which is refused. Asking about a password is another error. */
export const askable = (collection) => Object.keys(schema[collection].fields).filter((name) => schema[collection].fields[name] !== 'password');

/** A condition on a field by a value that a row has, or could have. */
function condition(random, store, collection, name) {
  const kind = name === 'createdById' ? 'key' : schema[collection].fields[name];
  const cells = store.rows(collection).map((row) => row[name]).filter((cell) => cell != null);
  const value = cells.length && random.chance(0.9) ? random.pick(cells) : kind === 'number' || kind === 'key' ? 1 : 'none';
  if (kind === 'number' || kind === 'key')
    return random.pick([value, { $eq: value }, { $ne: value }, { $gt: value }, { $lte: value }, { $in: [value, 1] }, { $notIn: [value] }, { $eq: null }, { $ne: null }]);
  const start = kind === 'text' ? `${random.pick(choices.letter)}~` : String(value).slice(0, 2);
  return random.pick([
    value, { $eq: value }, { $ne: value }, { $in: [value, 'x'] }, { $notIn: [value] }, { $startsWith: start }, { $includes: start },
    { $notIncludes: start }, { $empty: true }, { $notEmpty: true }, [value, 'x'], null,
  ]);
}

function oneOf(random, store, collection, names, depth) {
  const associations = Object.entries(schema[collection].associations).filter(([name]) => names(collection, name));
  if (depth > 0 && associations.length && random.chance(0.35)) {
    const [name, { target }] = random.pick(associations);
    if (random.chance(0.15)) return { [`${name}.${random.pick(['$exists', '$notExists'])}`]: true };
    const inner = oneOf(random, store, target, names, depth - 1);
    const [[key, value]] = Object.entries(inner);
    // `$exists` is understood as a dotted key at the top only.
    if (key.endsWith('xists')) return { [`${name}.${Object.keys(schema[target].fields)[0]}`]: { $ne: null } };
    return random.chance(0.5) ? { [`${name}.${key}`]: value } : { [name]: inner };
  }
  const fields = [...askable(collection), ...(schema[collection].creators ? ['createdById'] : [])].filter((name) => names(collection, name));
  const name = fields.length ? random.pick(fields) : visible(collection)[0];
  return { [name]: condition(random, store, collection, name) };
}

/** `names` says which fields and associations it may name. */
export function filterOf(random, store, collection, names, depth = 2) {
  const one = () => oneOf(random, store, collection, names, depth);
  if (random.chance(0.6)) return one();
  const parts = [one(), one()];
  if (random.chance(0.25)) parts.push(one());
  if (random.chance(0.3)) parts[0] = { $or: [parts[0], one()] };
  const topOnly = parts.some((part) => Object.keys(part)[0].endsWith('xists'));
  return topOnly ? parts[0] : { [random.pick(['$and', '$or'])]: parts };
}

const everything = () => true;

function scopeOf(random, store, collection) {
  const { creators } = schema[collection];
  const kind = random.next();
  if (kind < 0.3) return null;
  if (kind < 0.4) return 'all';
  if (kind < (creators ? 0.6 : 0.42)) return 'own';
  if (kind < 0.72) {
    const condition = oneOf(random, store, collection, everything, 0);
    const variables = [{ letter: '{{ $user.nickname }}' }, { letter: '{{ ctx.state.currentUser.nickname }}' }, { letter: '{{ $user.nosuch }}' }, { status: '{{ $nRole }}' }];
    if (creators) variables.push({ createdById: { $isCurrentUser: true } }, { createdById: '{{ctx.state.currentUser.id}}' }, { $or: [{ createdById: '{{ ctx.state.currentUser.id }}' }, condition] });
    const fitting = variables.filter((variable) => Object.keys(variable).every((name) => name.startsWith('$') || name === 'createdById' || name in schema[collection].fields));
    if (fitting.length) return random.pick(fitting);
  }
  return filterOf(random, store, collection, everything);
}

function fieldsOf(random, collection) {
  const names = grantable(collection);
  if (random.chance(0.08)) return [];
  if (random.chance(0.15)) return names;
  return some(random, names, random.pick([0.3, 0.6, 0.8]));
}

function strategyOf(random) {
  if (random.chance(0.15)) return { actions: [] };
  if (random.chance(0.08)) return { actions: ['*'] };
  const actions = some(random, ['create', 'view', 'update', 'destroy'], 0.6);
  return { actions: actions.map((name) => (name !== 'create' && random.chance(0.35) ? `${name}:own` : name)) };
}

export function rolesOf(random, store) {
  return roleNames.map((name) => {
    const resources = {};
    for (const collection of collections) {
      if (!random.chance(0.55)) continue;
      resources[collection] = {};
      for (const action of some(random, ['create', 'view', 'update', 'destroy'], 0.8))
        resources[collection][action] = { fields: fieldsOf(random, collection), scope: scopeOf(random, store, collection) };
    }
    return { name, strategy: strategyOf(random), resources };
  });
}
