// One server for each dialect; rows of the contract are asked of it one by one.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { Client } from '../lib/client.mjs';
import { dialects, startDatabase } from '../lib/databases.mjs';
import { startServer } from '../lib/server.mjs';

const queryOf = (object) => Object.entries(object).map(([key, value]) =>
  `${key}=${encodeURIComponent(typeof value === 'object' ? JSON.stringify(value) : value)}`).join('&');

const rowsOf = (text, separator) => text.split('\n').filter(Boolean).map((line) => line.split(separator));

/** Wraps a server: short names for what rows do most. */
export class World {
  constructor(dialect, database, server, client) {
    Object.assign(this, { dialect, database, server, client, made: 0, tablePrefix: database.env.DB_TABLE_PREFIX ?? '' });
  }
  /** A name that nothing has yet. */
  name(stem = 'c') { return `${stem}${++this.made}`; }

  /** `call('posts:list', {filter: {…}}, body)`: POST with a body, else GET. Answers {status, body, text}. */
  call(action, query = {}, body = undefined) {
    const search = queryOf(query);
    const path = `/api/${action}${search ? `?${search}` : ''}`;
    return body === undefined ? this.client.get(path) : this.client.post(path, body);
  }
  /** The `data` of an answer that must be a success. */
  async data(action, query, body) {
    const answer = await this.call(action, query, body);
    assert.equal(answer.status, 200, `${action} ${JSON.stringify(query ?? {})} ${JSON.stringify(body ?? null)}: ${answer.text.slice(0, 600)}`);
    return answer.body?.data;
  }
  /** The message of an answer that must be a 4xx. */
  async refused(action, query, body, pattern = /./, status = undefined) {
    const answer = await this.call(action, query, body);
    assert.ok(answer.status >= 400 && answer.status < 500, `${action}: expected a refusal, got ${answer.status} ${answer.text.slice(0, 400)}`);
    if (status) assert.equal(answer.status, status, answer.text);
    assert.match(answer.text, pattern);
    return answer;
  }
  /** Makes a collection with these fields and answers its name. */
  async collection(fields, options = {}) {
    const name = options.name ?? this.name();
    await this.data('collections:create', {}, { ...options, name, fields });
    return name;
  }
  field(collection, field) { return this.data(`collections/${collection}/fields:create`, {}, field); }
  create(collection, values, query) { return this.data(`${collection}:create`, query ?? {}, values); }
  list(collection, query = {}) { return this.data(`${collection}:list`, { paginate: false, sort: 'id', ...query }); }
  get(collection, key, query = {}) { return this.data(`${collection}:get`, { filterByTk: key, ...query }); }
  update(collection, key, values, query = {}) { return this.data(`${collection}:update`, { filterByTk: key, ...query }, values); }
  destroy(collection, query) { return this.data(`${collection}:destroy`, query, {}); }

  /** A quoted name. */
  q(name) { return ['sqlite', 'postgres'].includes(this.dialect) ? `"${name}"` : `\`${name}\``; }
  /** Rows of the database itself, as lists of texts. */
  sql(text) {
    const { server } = this.database;
    if (this.dialect === 'sqlite') return rowsOf(execFileSync('sqlite3', ['-batch', '-noheader', '-separator', '|', this.server.env.DB_STORAGE, text], { encoding: 'utf8' }), '|');
    return server.psql ? rowsOf(server.psql(text), '|') : rowsOf(server.sql(text), '\t');
  }
  columnsOf(table) {
    const here = { postgres: 'current_schema()', mariadb: 'database()', mysql: 'database()' }[this.dialect];
    return (this.dialect === 'sqlite' ? this.sql(`select name from pragma_table_info('${table}')`)
      : this.sql(`select column_name from information_schema.columns where table_name = '${table}' and table_schema = ${here} order by ordinal_position`)).map(([name]) => name);
  }
  /** [name, unique, columns] of the indexes of a table, its primary key apart. */
  indexesOf(table) {
    const queries = {
      sqlite: `select l.name, l."unique", group_concat(i.name) from pragma_index_list('${table}') l, pragma_index_info(l.name) i where l.origin <> 'pk' group by l.name`,
      postgres: `select i.relname, x.indisunique::int, string_agg(a.attname, ',' order by k.n) from pg_class t join pg_index x on x.indrelid = t.oid join pg_class i on i.oid = x.indexrelid
          cross join lateral unnest(x.indkey::int2[]) with ordinality k(att, n) join pg_attribute a on a.attrelid = t.oid and a.attnum = k.att
          where t.relname = '${table}' and not x.indisprimary group by i.relname, x.indisunique`,
    };
    const query = queries[this.dialect] ?? `select index_name, 1 - min(non_unique), group_concat(column_name order by seq_in_index) from information_schema.statistics
          where table_schema = database() and table_name = '${table}' and index_name <> 'PRIMARY' group by index_name`;
    return this.sql(query).map(([name, unique, columns]) => ({ name, unique: unique === '1', columns: columns.split(',') }));
  }
  tableExists(table) { return this.columnsOf(table).length > 0; }
}

/**
 * A test for each dialect, with a step for each row {id, what, only?, run(world)}: `only` names the dialects that have it.
 * `env` goes to the server.
 */
export function onEachDialect(title, rows, { env = {} } = {}) {
  for (const dialect of dialects) {
    test(`${title} on ${dialect}`, async (t) => {
      const database = await startDatabase(dialect);
      t.after(() => database.stop());
      const server = await startServer({ env: { ...database.env, ...env } });
      t.after(() => server.stop());
      const client = new Client(server.url);
      await client.signIn();
      const world = new World(dialect, { ...database, env: { ...database.env, ...env } }, server, client);
      for (const row of rows) {
        if (row.only && !row.only.includes(dialect)) continue;
        await t.test(`${row.id} ${row.what}`, () => row.run(world));
      }
    });
  }
}

export const namesOf = (rows, key = 'name') => rows.map((row) => row[key]);
