// A database that a real NocoBase 2.2.15 left is opened as it is: served as NocoBase served it, and not converted.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { judge } from '../conformance/compare.mjs';
import { Replay } from '../conformance/replay.mjs';
import { explain } from '../conformance/report.mjs';
import { startDatabase } from '../lib/databases.mjs';
import { appKey, binary, startServer } from '../lib/server.mjs';

const recordings = join(dirname(fileURLToPath(import.meta.url)), '../conformance/recordings/adopt');
const requests = readFileSync(join(recordings, 'requests.jsonl'), 'utf8').split('\n').filter(Boolean).map((text) => JSON.parse(text));

/** Lines that are not answered as recorded, each with its reason. */
const differs = {
  33: 'fields with the same value of sort have no order; NocoBase gave them as they lay on the disk',
  48: 'fields with the same value of sort have no order; NocoBase gave them as they lay on the disk',
};
/** Columns and indexes that Flotilla adds to tables of NocoBase; its own tables are named flotilla…. */
const additions = [
  /^CREATE INDEX "(desktopRoutes|mobileRoutes)_(createdById|updatedById)" /,
  /^CREATE TABLE public\."issuedTokens" \([^;]*\n    "previousJti" uuid\n\)$/, /^CREATE INDEX \S+ ON public\."issuedTokens" USING btree \("previousJti"\)$/,
];

let database, server, replay;
let schemaBefore, rowsBefore;

// pg_dump puts a random token into \restrict.
const schema = () => database.server.dump(['--schema-only', '--no-owner']).split('\n').filter((line) => !/^\\(un)?restrict /.test(line));
const rowCounts = () => Object.fromEntries(database.server.psql(`
  select table_name, (xpath('/row/c/text()', query_to_xml(format('select count(*) as c from public.%I', table_name), false, true, '')))[1]::text
  from information_schema.tables where table_schema = 'public' and table_name not like 'flotilla%' order by 1`).split('\n').map((line) => line.split('|')));
const ofDatabase = (sql) => database.server.psql(sql);

before(async () => {
  database = await startDatabase('postgres');
  database.server.script(gunzipSync(readFileSync(join(recordings, 'nocobase-2.2.15-postgres.sql.gz'))));
  schemaBefore = schema();
  rowsBefore = rowCounts();
  server = await startServer({ env: database.env });
  replay = new Replay(server.url, appKey);
});
after(async () => {
  replay?.end();
  await server?.stop();
  await database?.stop();
});

test('doctor says what of it is not served yet, and changes nothing', () => {
  const done = spawnSync(binary, ['doctor', '--json'], { cwd: server.folder, env: server.env, encoding: 'utf8', timeout: 60_000 });
  const checks = Object.fromEntries(JSON.parse(done.stdout).checks.map((check) => [check.name, check]));
  assert.equal(checks.database.state, 'ok', done.stdout);
  assert.equal(checks.content.state, 'warning');
  assert.match(checks.content.detail, /^16 collections, 201 fields; /);
  assert.match(checks.content.detail, /collection "docs" holds files/);
  assert.match(checks.content.detail, /no part here yet: .*\bworkflow\b/);
  assert.doesNotMatch(checks.content.detail, /field-sequence/);
});

test('starting on it changes no row of NocoBase', () => assert.deepEqual(rowCounts(), rowsBefore));

test('requests of every user and the sign-ins are answered as recorded', async () => {
  const wrong = [];
  let asked = 0;
  for (const line of requests) {
    const answer = await replay.send(line);
    ++asked;
    const judged = judge(line, answer);
    if (line.seq in differs) assert.equal(judged.verdict, 'differs', `#${line.seq} is listed as different, but passes`);
    else if (judged.verdict !== 'passed') wrong.push(explain({ ...judged, line, seq: line.seq, topic: line.topic, name: line.name, status: answer.status }, ''));
  }
  assert.equal(wrong.length, 0, wrong.join('\n'));
  assert.ok(asked > 120, `${asked} requests`);
});

test('collections, fields and counts are those of the database', async () => {
  const get = async (path) => (await replay.send({ seq: 0, request: { method: 'GET', path, headers: { authorization: 'Bearer {{nocobase}}' } } })).body;
  const collections = (await get('/api/collections:list?paginate=false')).data;
  const names = ofDatabase('select name from collections order by name').split('\n');
  assert.deepEqual(collections.map((c) => c.name).sort(), names.sort());
  for (const name of names) {
    const fields = (await get(`/api/collections/${name}/fields:list?paginate=false`)).data.map((f) => f.name);
    const rows = ofDatabase(`select name from fields where "collectionName" = '${name}' order by name`).split('\n').filter(Boolean);
    assert.deepEqual(fields.sort(), rows.sort(), name);
  }
  for (const name of ['posts', 'authors', 'tags', 'comments', 'profiles', 'users', 'snow'])
    assert.equal((await get(`/api/${name}:list?pageSize=1`)).meta.count, Number(ofDatabase(`select count(*) from "${name}"`)), name);
});

test('what is written is there for NocoBase: its columns, and the next number of its sequences', async () => {
  const last = Number(ofDatabase('select max(id) from tags'));
  const answer = await replay.send({ seq: 0, request: { method: 'POST', path: '/api/tags:create', headers: { authorization: 'Bearer {{nocobase}}' }, body: { name: 'written by another server' } } });
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  assert.ok(answer.body.data.id > last);
  assert.equal(ofDatabase(`select name from tags where id = ${answer.body.data.id}`), 'written by another server');
});

const asRoot = async (path, body) => {
  const request = { method: body === undefined ? 'GET' : 'POST', path, headers: { authorization: 'Bearer {{nocobase}}' }, ...(body !== undefined && { body }) };
  const answer = await replay.send({ seq: 0, request });
  assert.equal(answer.status, 200, `${path}: ${JSON.stringify(answer.body)}`);
  return answer.body.data;
};

test('records come with what their associations held', async () => {
  const posts = await asRoot('/api/posts:list?paginate=false&fields=id,authorId&appends=author,tags,comments&sort=id');
  const inDatabase = (sql) => Object.fromEntries(ofDatabase(sql).split('\n').filter(Boolean).map((line) => line.split('|')));
  const comments = inDatabase('select "postId", count(*) from comments where "postId" is not null group by 1');
  const authors = new Set(ofDatabase('select id from authors').split('\n').map(Number));
  const tags = inDatabase('select "postId", count(*) from "postsTags" group by 1');
  assert.ok(posts.some((post) => post.author));
  for (const post of posts) {
    assert.deepEqual([post.comments.length, post.tags.length], [Number(comments[post.id] ?? 0), Number(tags[post.id] ?? 0)], `post ${post.id}`);
    // Some name an author that is not there.
    assert.equal(post.author?.id ?? null, authors.has(post.authorId) ? post.authorId : null, `post ${post.id}`);
  }
});

test("trees are read, and their paths kept, in NocoBase's tables", async () => {
  const [root] = await asRoot('/api/cats:list?tree=true&paginate=false&sort=id');
  assert.deepEqual(root.children.map((child) => child.id), [4, 5]);
  const node = await asRoot('/api/cats:create', { name: 'new', parentId: 5 });
  assert.equal(ofDatabase(`select path from main_cats_path where "nodePk" = ${node.id}`), `/1/5/${node.id}`);
  await asRoot(`/api/cats:update?filterByTk=${node.id}`, { parentId: 4 });
  assert.equal(ofDatabase(`select path, "rootPk" from main_cats_path where "nodePk" = ${node.id}`), `/1/4/${node.id}|1`);
  await asRoot(`/api/cats:destroy?filterByTk=${node.id}`, {});
  assert.equal(ofDatabase(`select count(*) from main_cats_path where "nodePk" = ${node.id}`), '0');
});

test('tables of NocoBase that nothing here uses are as they were', async () => {
  const unused = Object.keys(rowsBefore).filter((table) => /^(workflows|executions|jobs|flow_nodes|ai[A-Z]|otp|verif|notification|customRequests|migrations|lc[A-Z]|backup|blockTemplate|flowSql|iframeHtml|userDataSync|user.*Tasks)/.test(table));
  assert.ok(unused.length > 30, unused.join());
  const now = rowCounts();
  for (const table of unused) assert.equal(now[table], rowsBefore[table], table);
});

test('the tables differ only by additions that are listed', () => {
  const lines = (all) => new Set(all.filter((line) => line && !line.startsWith('--')).map((line) => line.replace(/,$/, '')));
  const was = lines(schemaBefore), is = lines(schema());
  const gone = [...was].filter((line) => !is.has(line));
  assert.deepEqual(gone, [], 'lines of the schema that are gone');
  // Statements of Flotilla's own tables name them; what is left must be listed.
  const statements = schema().join('\n').split(/;\n/).map((text) => text.replace(/^\s*(--.*\n|\n)*/g, '').trim());
  const old = new Set(schemaBefore.join('\n').split(/;\n/).map((text) => text.replace(/^\s*(--.*\n|\n)*/g, '').trim()));
  const added = statements.filter((text) => text && !old.has(text) && !/public\."?flotilla/.test(text));
  assert.deepEqual(added.filter((text) => !additions.some((known) => known.test(text))), []);
});

test('a second start finds nothing to do', async () => {
  const once = schema();
  server = await server.restart();
  replay.end();
  replay = new Replay(server.url, appKey);
  assert.deepEqual(schema(), once);
});
