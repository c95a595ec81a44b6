// Request targets: the path and the query.
import { mutateValue } from './json.mjs';
import { hostileNumbers, hostileTexts, hostileValue, operators } from './values.mjs';

const actions = ['list', 'get', 'create', 'update', 'destroy', 'add', 'set', 'remove', 'toggle', 'move', 'query', 'firstOrCreate', 'updateOrCreate', 'export', 'check', 'nosuch', ''];
const resources = ['users', 'roles', 'collections', 'fields', 'posts', 'tags', 'authors', 'users/1/roles', 'posts/1/tags', 'posts/1/author', 'collections/posts/fields', 'auth', 'authenticators',
  'apiKeys', 'dataSources', 'uiSchemas', 'systemSettings', 'pm', 'app', 'attachments', 'posts/_/tags', 'posts/%7B%22id%22:1%7D/tags', 'nosuch', 'posts/1/nosuch'];
const parameters = ['filter', 'filterByTk', 'fields', 'appends', 'except', 'sort', 'page', 'pageSize', 'paginate', 'tree', 'whitelist', 'blacklist', 'updateAssociationValues', 'sourceId', 'targetId',
  'targetScope', 'sticky', 'method', 'token', 'locale', '__appName', 'values', 'filterKeys', 'forceUpdate', 'truncate', 'resourceName', 'group', 'having', 'mode'];

/** As a client writes it, or with some bytes left raw; a blank or a line end would end the target early. */
function written(text, random) {
  const encoded = encodeURIComponent(text.toWellFormed ? text.toWellFormed() : text.replace(/[\ud800-\udfff]/g, '\ufffd'));
  if (random.chance(0.8)) return encoded;
  return text.replace(/[\u0000- #\u007f]/g, (c) => `%${c.charCodeAt(0).toString(16).padStart(2, '0')}`).replace(/[\ud800-\udfff]/g, '');
}

function mutatePath(path, random) {
  const spoil = [
    () => `/api/${random.pick(resources)}:${random.pick(actions)}`,
    () => `/api/${random.pick(resources)}:${random.pick(actions)}/${written(random.pick(hostileTexts), random)}`,
    () => path.replace(/:\w+/, `:${random.pick(actions)}`),
    () => path.replace(/\/api\/[^:/?]+/, `/api/${written(random.pick(hostileTexts), random)}`),
    () => `${path}/${written(random.pick(hostileTexts), random)}`,
    () => path.replace(/\d+/, () => written(String(random.pick([...hostileNumbers, ...hostileTexts])), random)),
    () => path + random.pick(['%', '%2', '%zz', '%00', '%C0%AF', '%ED%A0%80', '%FF', '/', '//', ';a=b', ':', '::list', '\\', '/../..', '/%2e%2e/', '#x']),
    () => path.replaceAll('/', random.pick(['//', '/./', '%2F', '\\'])),
    () => `/${'a/'.repeat(random.pick([5, 100, 5000]))}`,
    () => random.pick(['*', 'http://other.example/api/users:list', '/', '//', '/api', '/api/', '/ws', '/storage/uploads/../../db/flotilla.sqlite', '/livez', 'api/users', '?', '/api/:', '/api/:list', '/api/__app/x/users:list']),
  ];
  return random.pick(spoil)();
}

function mutateQuery(query, random) {
  const given = query ? query.split('&') : [];
  const key = random.pick(parameters);
  const text = () => written(random.pick(hostileTexts), random);
  const json = () => written(JSON.stringify(random.chance(0.5) ? { [random.pick(['id', 'title', 'author.name', 'tags.id', 'createdAt', ...hostileTexts])]: { [random.pick(operators)]: hostileValue(random) } } : hostileValue(random)) ?? '', random);
  const spoil = [
    () => [...given, `${key}=${text()}`],
    () => [...given, `filter=${json()}`],
    () => [...given, `${key}=${json()}`],
    () => [...given, `${key}[]=${text()}`, `${key}[]=${text()}`],
    () => [...given, `${key}[${text()}]=${text()}`],
    () => [...given, `${key}${'[a]'.repeat(random.pick([2, 6, 50, 1000]))}=1`],
    () => [...given, `${key}[${random.pick([0, 100, 101, 4294967295, -1])}]=1`],
    () => [...given, `${key}${random.pick(['[', ']', '[]]', '[[]', '[=', '.a', '[$and][0][id][$eq]', '[__proto__][x]', '%5B', '[]['])}=${text()}`],
    () => [...given, ...given, `${key}`, `=${text()}`, '&&', '='],
    () => [...given, ...Array.from({ length: random.pick([10, 1200]) }, (_, i) => `filterByTk[]=${i}`)],
    () => [...given, `page=${random.pick(hostileNumbers)}`, `pageSize=${random.pick(hostileNumbers)}`],
    () => [...given, `sort=${random.pick(['-', '-id,-id', 'id%20desc', 'author.name', 'tags.name', 'a.b.c', ''])}`, `appends=${random.pick(['author', 'tags', 'author.posts', 'roles,roles.users', 'nosuch', 'parent(recursively=true)', 'children(', 'a.a.a.a.a.a.a.a.a.a.a.a'])}`],
    () => given.map((item) => (random.chance(0.5) ? `${item.split('=')[0]}=${text()}` : item)),
    () => given.map((item) => {
      const [name, ...rest] = item.split('=');
      try { return `${name}=${written(JSON.stringify(mutateValue(JSON.parse(decodeURIComponent(rest.join('='))), random)), random)}`; } catch { return `${name}=${rest.join('=').slice(0, random.below(20))}`; }
    }),
  ];
  return random.pick(spoil)().join('&');
}

export function mutateTarget(target, random) {
  const mark = target.indexOf('?');
  const path = mark < 0 ? target : target.slice(0, mark), query = mark < 0 ? '' : target.slice(mark + 1);
  const both = random.below(5);
  const newPath = both === 0 ? mutatePath(path, random) : path;
  const newQuery = both > 0 || random.chance(0.3) ? mutateQuery(query, random) : query;
  return newQuery ? `${newPath}?${newQuery}` : newPath;
}
