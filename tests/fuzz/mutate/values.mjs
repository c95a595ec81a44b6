// Values that servers have stumbled over.

export const hostileTexts = [
  '', ' ', '0', '-1', '1e309', 'NaN', 'null', 'true', '[]', '{}', '__proto__', 'constructor', 'id', 'password', "'", '"', '`', '\\', '%', '_',
  "' OR 1=1 --", '1; DROP TABLE users', '" UNION SELECT password FROM users --', '/*', '--', '$1', '?1', ':name', '\u0000', 'a\u0000b', '\n', '\r\nX: y',
  '{{ctx.state.currentUser.id}}', '{{$user.password}}', '{{', '}}', '{{a.b.c.d}}', '{{$nDate.today}}', '../../etc/passwd', '%00', '%ff%fe', '\ufeff', '\u202e', '\ud800',
  '𝒳'.repeat(50), 'ß', 'İ', 'a'.repeat(64), 'a'.repeat(256), 'x'.repeat(70_000), '2026-13-45', '9999-12-31T23:59:60Z', '0000-00-00', '+275760-09-13T00:00:00.001Z',
  '1,2,3', ',', ',,,,', '-', '--id', '.', '..', 'a.b.c.d.e.f', 'author.posts.author.posts', '(', ')', '(a', '[a', '(?:a+)+$', '(a|a)*b', '[[:alpha:]', '*', '99999999999999999999',
];
export const hostileNumbers = [0, -0, -1, 1, 2 ** 31 - 1, 2 ** 31, -(2 ** 31) - 1, 2 ** 53, 2 ** 63, -(2 ** 63), 1e308, -1e308, 5e-324, 0.1, 1.5, 1e21];
export const operators = [
  '$eq', '$ne', '$in', '$notIn', '$gt', '$gte', '$lt', '$lte', '$like', '$notLike', '$includes', '$notIncludes', '$startsWith', '$endsWith', '$empty', '$notEmpty', '$exists',
  '$notExists', '$match', '$anyOf', '$noneOf', '$arrayEmpty', '$arrayNotEmpty', '$dateOn', '$dateBefore', '$dateAfter', '$dateBetween', '$isTruly', '$isFalsy', '$and', '$or', '$not',
  '$between', '$regexp', '$iRegexp', '$childIn', '$nosuchop', '$', '$$', '$col', '$contains', '$overlap', '$is', '$timeOn',
];

/** Anything that JSON can say. */
export function hostileValue(random, depth = 0) {
  switch (random.below(depth > 3 ? 5 : 9)) {
    case 0: return random.pick(hostileNumbers);
    case 1: return null;
    case 2: return random.chance(0.5);
    case 3: case 4: return random.pick(hostileTexts);
    case 5: return Array.from({ length: random.below(4) }, () => hostileValue(random, depth + 1));
    case 6: return { [random.pick(operators)]: hostileValue(random, depth + 1) };
    case 7: return { [random.pick(hostileTexts)]: hostileValue(random, depth + 1), id: random.pick(hostileNumbers) };
    default: return nested(random, random.pick([3, 20, 200]));
  }
}

/** Lists or objects inside each other. */
export function nested(random, depth) {
  let value = 1;
  const key = random.pick(['a', '$and', '$or', '$not', 'children', 'author']);
  const asList = random.chance(0.5);
  for (let i = 0; i < depth; ++i) value = asList ? [value] : { [key]: value };
  return value;
}
