// Names and values that want to be SQL: in every operator, path, sort, group and key.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { openWorld, hiddenText } from './world.mjs';

const world = openWorld();

// Every operator that the reference names.
const reference = readFileSync(new URL('../../docs/reference/filter-operators.md', import.meta.url), 'utf8');
const operators = [...new Set(reference.match(/\$[a-zA-Z]+/g))].filter((name) => !['$user', '$nRole', '$system', '$nDate', '$and', '$or'].includes(name));

const values = [
  `' OR '1'='1`, `') OR 1=1 --`, `"; DROP TABLE papers; --`, `1; DELETE FROM papers`, `\\' OR 1=1 #`, `%' OR 1=1 --`, `x' UNION SELECT password FROM users --`, '\u0000', '\ud800',
  `$1`, `?`, `:name`, `{{ctx.state.currentUser.password}}`, '{{ $user.password }}', `a'||(SELECT password FROM users LIMIT 1)||'`, [`' OR 1=1 --`], { $gt: '' }, [[`'`]], 1e308, -0, true, null,
];
const names = [`title"`, `title" OR 1=1 --`, `"title"`, `papers"."title`, `title;--`, `(SELECT 1)`, `title.x`, `meta.kind' OR '1'='1`, `meta.'`, `meta."`, `meta.$.kind`, `meta.kind)--`, `meta->>'kind'`, `__proto__`, `constructor.prototype`, `owner.password`, `owner.resetToken`, `hiddenNote OR 1`, `*`, ``, `\u0000`];

const listPath = (params) => `/api/papers:list?${Object.entries(params).map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(typeof value === 'string' ? value : JSON.stringify(value))}`).join('&')}`;
let all;
async function ask(path, method = 'GET', body) {
  const answer = await world.root.request(method, path, body);
  assert.ok(answer.status < 500, `${method} ${path}: ${answer.status} ${answer.text.slice(0, 300)}`);
  assert.ok(!/near \\?"|SQLSTATE|syntax error at|WHERE \\?"|INSERT INTO/.test(answer.text), `the database's own words: ${answer.text.slice(0, 300)}`);
  assert.ok(!/"[0-9a-f]{64}"/.test(answer.text), `a password's hash: ${answer.text.slice(0, 300)}`);
  return answer;
}
async function assertUntouched() {
  const { body } = await world.root.get('/api/papers:list?paginate=false&sort=id');
  all ??= body.data;
  assert.deepEqual(body.data, all);
}

test(`values in each of the ${operators.length} operators`, async () => {
  assert.ok(operators.length > 45, operators.join());
  await assertUntouched();
  for (const operator of operators) {
    for (const field of ['title', 'pages', 'meta', 'meta.kind', 'tags', 'due', 'open', 'owner.username'])
      for (const value of values) await ask(listPath({ filter: { [field]: { [operator]: value } }, pageSize: '2' }));
    await assertUntouched();
  }
});

test('a value that closes the quote finds nothing', async () => {
  for (const operator of ['$eq', '$in', '$includes', '$startsWith', '$endWith', '$like', '$iLike', '$substring'])
    for (const value of values.slice(0, 7)) {
      const answer = await ask(listPath({ filter: { title: { [operator]: operator === '$in' ? [value] : value } } }));
      if (answer.status === 200) assert.deepEqual(answer.body.data, [], `${operator} ${value}`);
    }
});

test('operators and fields that are none', async () => {
  for (const name of names) {
    for (const filter of [{ [name]: 'x' }, { [`${name}.$eq`]: 'x' }, { title: { [name]: 'x' } }, { [`$${name}`]: 'x' }, { $and: [{ [name]: { $col: name } }] }, { title: { $col: name } }, { owner: { [name]: 1 } }]) {
      const answer = await ask(listPath({ filter }));
      assert.ok(answer.status === 400 || answer.body.data.length === 0 || name.startsWith('meta') || JSON.stringify(filter).includes('""'), `${JSON.stringify(filter)}: ${answer.text.slice(0, 200)}`);
    }
    for (const params of [{ sort: name }, { sort: `-${name}` }, { 'sort[]': `title,${name}` }, { fields: name }, { 'fields[]': name }, { appends: name }, { 'appends[]': `owner.${name}` }, { except: name }])
      await ask(listPath(params));
  }
  await assertUntouched();
});

test('hidden fields and hashes are not shown, and cannot be found out by asking for them', async () => {
  for (const params of [{ fields: 'hiddenNote' }, { 'fields[]': 'pin' }, { fields: 'owner.password', appends: 'owner' }, { appends: 'owner', 'fields[]': 'owner.password' }, { except: 'title' }]) {
    const answer = await ask(listPath(params));
    assert.ok(!answer.text.includes(hiddenText), JSON.stringify(params));
  }
  for (const filter of [{ pin: { $startsWith: '0' } }, { 'owner.password': { $startsWith: '0' } }, { 'owner.password.$ne': null }])
    assert.equal((await ask(listPath({ filter }))).status, 400, JSON.stringify(filter));
  for (const sort of ['pin', '-pin', 'owner.password']) assert.equal((await ask(listPath({ sort }))).status, 400, sort);
  for (const field of ['password', 'resetToken']) {
    const answer = await ask(`/api/users:list?fields[]=${field}`);
    if (answer.status === 200) for (const row of answer.body.data) assert.ok(!row[field], `${field} is shown`);
  }
});

test('keys, groups and aggregates', async () => {
  for (const value of [...values, ...names]) {
    const text = encodeURIComponent(typeof value === 'string' && !/[\ud800-\udfff]/.test(value) ? value : JSON.stringify(value));
    await ask(`/api/papers:get?filterByTk=${text}`);
    await ask(`/api/papers:get/${text}`);
    await ask(`/api/papers/${text}/owner:get`);
    await ask(`/api/papers:update?filterByTk=${text}`, 'POST', {});
    await ask('/api/papers:query', 'POST', { measures: [{ field: value, aggregation: 'count', alias: value }], dimensions: [{ field: value, alias: value, format: value }], orders: [{ field: value, order: value }] });
    await ask('/api/papers:query', 'POST', { measures: [{ field: ['title'], aggregation: value, alias: 'x' }], having: { x: { $gt: value } }, limit: value });
    await ask(`/api/papers:firstOrCreate?filterKeys[]=${text}`, 'POST', { title: 'paper 1' });
  }
  await assertUntouched();
});

test('regular expressions take no longer than the text is long', async () => {
  await world.root.data('POST', '/api/papers:create', { title: 'a'.repeat(200) + '!' });
  for (const pattern of ['(a+)+$', '(a|aa)+$', '(.*a){30}', '^(([a-z])+.)+[A-Z]([a-z])+$', '(?=a)b', '(a)\\1', '['.repeat(1000)]) {
    const begun = performance.now();
    await ask(listPath({ filter: { title: { $regexp: pattern } } }));
    assert.ok(performance.now() - begun < 5000, pattern);
  }
});
