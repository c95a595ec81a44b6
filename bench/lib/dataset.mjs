// The collections of the read cases, made through the API: rows of about half a kilobyte, each in one of 100 groups.
import {account, password} from './server.mjs';

export const rowCount = 10_000;
export const groupCount = 100;
const perRequest = 500;
const limitedPassword = 'limited-12345';

async function call(url, token, action, body) {
  const answer = await fetch(`${url}/api/${action}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {'content-type': 'application/json', ...(token && {authorization: `Bearer ${token}`})},
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(`${action} answered ${answer.status}: ${text.slice(0, 500)}`);
  return JSON.parse(text).data;
}

export async function signIn(url) {
  return (await call(url, null, 'auth:signIn', {account, password})).token;
}

const rowFields = [
  {name: 'title', type: 'string', interface: 'input', uiSchema: {type: 'string', title: 'Title', 'x-component': 'Input'}},
  {name: 'content', type: 'text', interface: 'textarea'},
  {name: 'quantity', type: 'integer', interface: 'integer'},
  {name: 'rating', type: 'double', interface: 'number'},
  {name: 'price', type: 'decimal', precision: 12, scale: 2, interface: 'number'},
  {name: 'active', type: 'boolean', interface: 'checkbox'},
  {name: 'startsAt', type: 'datetimeTz', interface: 'datetime'},
  {name: 'endsAt', type: 'datetimeTz', interface: 'datetime'},
  {name: 'groupId', type: 'bigInt', interface: 'integer', isForeignKey: true},
];

const sentence = 'The quick brown fox of row NUMBER jumps over a lazy dog, is seen by nobody and goes home again. ';

/** The same rows in every run. */
export function row(i) {
  const content = sentence.replace('NUMBER', String(i)).repeat(4).slice(0, 300);
  const day = 86_400_000;
  return {
    title: `Row number ${i}`, content, quantity: (i * 7919) % 1000, rating: ((i * 31) % 500) / 100,
    price: `${(i * 37) % 10_000}.${String(i % 100).padStart(2, '0')}`, active: i % 3 === 0,
    startsAt: new Date(1_700_000_000_000 + i * 60_000).toISOString(),
    endsAt: new Date(1_700_000_000_000 + i * 60_000 + day).toISOString(), groupId: (i % groupCount) + 1,
  };
}

/** The token of somebody whose role has a scope on the rows (that all of them meet) and does not show every field. */
async function limitedToken(url, token) {
  await call(url, token, 'roles:create', {name: 'bench_limited', title: 'Limited'});
  const scope = await call(url, token, 'dataSources/main/rolesResourcesScopes:create', {resourceName: 'bench_rows', name: 'all by condition', scope: {quantity: {$gte: 0}}});
  const fields = rowFields.map(field => field.name).filter(name => name !== 'rating');
  await call(url, token, 'roles:applyDataPermissions?filterByTk=bench_limited',
      {resources: [{name: 'bench_rows', usingActionsConfig: true, actions: [{name: 'view', fields, scopeId: scope.id}]}]});
  await call(url, token, 'users:create', {username: 'bench_limited', password: limitedPassword, roles: ['bench_limited']});
  return (await call(url, null, 'auth:signIn', {account: 'bench_limited', password: limitedPassword})).token;
}

/** Loads everything; returns what a request needs and how long the rows took. */
export async function load(url) {
  const token = await signIn(url);
  const stamps = {createdAt: true, updatedAt: true};
  await call(url, token, 'collections:create', {
    name: 'bench_groups', title: 'Groups', ...stamps,
    fields: [{name: 'name', type: 'string', interface: 'input'}, {name: 'color', type: 'string', interface: 'color'}],
  });
  await call(url, token, 'bench_groups:create', Array.from({length: groupCount}, (_, i) => ({name: `Group ${i + 1}`, color: '#336699'})));
  for (const [name, title] of [['bench_rows', 'Rows'], ['bench_created', 'Created rows']]) {
    await call(url, token, 'collections:create', {name, title, ...stamps, fields: rowFields});
    await call(url, token, `collections/${name}/fields:create`,
        {name: 'group', type: 'belongsTo', interface: 'm2o', target: 'bench_groups', foreignKey: 'groupId', targetKey: 'id'});
  }
  const began = performance.now();
  for (let from = 1; from <= rowCount; from += perRequest)
    await call(url, token, 'bench_rows:create', Array.from({length: perRequest}, (_, i) => row(from + i)));
  const seconds = (performance.now() - began) / 1000;
  const limited = await limitedToken(url, token);

  const probe = async path => {
    const answer = await fetch(url + path, {headers: {authorization: `Bearer ${token}`}});
    return {status: answer.status, text: await answer.text()};
  };
  return {token, limited, loadRowsPerSecond: rowCount / seconds, probe};
}

/** The address of each read case as wrk/*.lua asks it, with what a right answer looks like. */
export const readCases = {
  health: {path: '/api/__health_check', check: body => body === 'ok'},
  list: {path: '/api/bench_rows:list?pageSize=20', check: body => { const a = JSON.parse(body); return a.data.length === 20 && a.meta.count === rowCount; }},
  get: {path: '/api/bench_rows:get/4711', check: body => JSON.parse(body).data.title === row(4711).title},
  filter: {
    path: '/api/bench_rows:list?pageSize=20&appends%5B%5D=group&filter=' + encodeURIComponent('{"quantity":{"$lt":500}}'),
    check: body => {
      const a = JSON.parse(body);
      const wanted = Array.from({length: rowCount}, (_, i) => row(i + 1)).filter(r => r.quantity < 500).length;
      return a.data.length === 20 && a.meta.count === wanted && a.data.every(r => r.quantity < 500 && r.group.name === `Group ${r.groupId}`);
    },
  },
};
