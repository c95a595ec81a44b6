// Flotilla's own tables are brought up by numbered migrations: printed before they run, each done once, refused when the
// database is too new or tells another story, and mended by the next start when a node is killed in the middle of any.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import test from 'node:test';
import { dialects, startDatabase } from '../lib/databases.mjs';
import { startServer } from '../lib/server.mjs';
import { openFleet, rootOf, shared, until } from './fleet.mjs';

const table = '"flotillaMigrations"';
const order = `select number, name, checksum, version, needs from ${table} order by number`;

/** How each database is asked and held from outside. `hold` keeps the migration of that number at its last step. */
const outside = {
  sqlite: ({ folder }) => {
    const file = `${folder}/storage/db/flotilla.sqlite`;
    mkdirSync(dirname(file), { recursive: true });
    const sql = (text) => execFileSync('sqlite3', ['-bail', '-cmd', '.timeout 5000', file], { input: text, encoding: 'utf8' }).trim();
    return {
      sql,
      ledger: () => sql(`select sql || ';' from sqlite_master where name = 'flotillaMigrations'`),
      prepare: () => sql('create view for_ever as with recursive n(i) as (select 1 union all select i + 1 from n where i < 100000000000) select count(*) as c from n'),
      hold: (number) => sql(`drop trigger if exists hold; create trigger hold before insert on ${table} when new.number = ${number} begin select c from for_ever; end`),
      isHeld: () => { try { execFileSync('sqlite3', ['-bail', '-cmd', '.timeout 1000', file], { input: 'begin immediate; rollback;', stdio: 'pipe' }); return false; } catch { return true; } },
      release: () => {},
      clear: () => sql('drop trigger hold; drop view for_ever'),
    };
  },
  postgres: ({ database }) => {
    const { psql } = database.server;
    return {
      sql: psql,
      ledger: () => database.server.dump(['-t', table, '--schema-only', '--no-owner']).split('\n').filter((line) => !/^\\|^--|^SET|^SELECT/.test(line)).join('\n'),
      prepare: () => psql(`create function hold() returns trigger language plpgsql as 'begin if new.number = tg_argv[0]::int then perform pg_sleep(600); end if; return new; end'`),
      hold: (number) => psql(`drop trigger if exists hold on ${table}; create trigger hold before insert on ${table} for each row execute function hold('${number}')`),
      isHeld: () => psql(`select count(*) from pg_stat_activity where wait_event = 'PgSleep'`) !== '0',
      // The server only sees that its client is gone when the sleep ends.
      release: () => psql(`select pg_terminate_backend(pid) from pg_stat_activity where wait_event = 'PgSleep'`),
      clear: () => psql(`drop trigger hold on ${table}; drop function hold()`),
    };
  },
  mariadb: ({ database }) => {
    const sql = (text) => database.server.sql(`set sql_mode = 'ansi_quotes'; ${text}`);
    const sleeping = `select id from information_schema.processlist where state = 'User sleep'`;
    return {
      sql,
      ledger: () => sql(`show create table ${table}`).split('\t')[1].replaceAll('\\n', '\n'),
      prepare: () => {},
      hold: (number) => sql(`create or replace trigger hold before insert on ${table} for each row do if(new.number = ${number}, sleep(600), 0)`),
      isHeld: () => sql(sleeping) !== '',
      release: () => { for (const id of sql(sleeping).split('\n').filter(Boolean)) sql(`kill ${id}`); },
      clear: () => sql('drop trigger hold'),
    };
  },
};

async function empty(t, dialect) {
  const database = await startDatabase(dialect);
  t.after(() => database.stop());
  const fleet = openFleet(t, { ...shared, ...database.env });
  return { database, fleet, ...outside[dialect]({ database, folder: fleet.folder }) };
}

for (const dialect of dialects) {
  test(`the plan is printed, run once, and then there is nothing to do, on ${dialect}`, async (t) => {
    const { fleet, sql } = await empty(t, dialect);
    const before = await fleet.run(['migrate', '--dry-run']);
    assert.equal(before.code, 0, before.error);
    assert.match(before.out, /^number +name +version +phase +state\n +1 +cluster_tables +\d+\.\d+\.\d+ +expand +to do\n/m);
    const [, count, left] = /^(\d+) migrations, (\d+) to do$/m.exec(before.out);
    assert.equal(count, left);
    if (dialect === 'sqlite') assert.ok(!existsSync(`${fleet.folder}/storage/db/flotilla.sqlite`), 'a dry run makes no file');
    else assert.equal(sql(`select count(*) from information_schema.tables where table_schema = '${dialect === 'postgres' ? 'public' : 'flotilla'}'`), '0');
    const done = await fleet.run(['migrate']);
    assert.equal(done.code, 0, done.error);
    assert.match(done.out, /\ndone\n$/);
    assert.equal(sql(order).split('\n').length, Number(count));
    const after = await fleet.run(['migrate', '--dry-run']);
    assert.match(after.out, new RegExp(`^${count} migrations, 0 to do$`, 'm'));
    assert.match(after.out, /cluster_tables .* done \d{4}-\d\d-\d\dT/);
    const node = await fleet.start();
    assert.equal((await (await rootOf(node)).get('/api/roles:list')).body.meta.count, 3);
  });

  test(`a database that is too new, or that has seen another migration, is refused, on ${dialect}`, async (t) => {
    const { fleet, sql } = await empty(t, dialect);
    assert.equal((await fleet.run(['migrate'])).code, 0);
    const row = (version, needs) => sql(`insert into ${table} ("number", "name", "checksum", "version", "needs", "appliedAt") values (999, 'from_the_future', 'x', '${version}', '${needs}', 0)`);
    row('99.1.0', '99.0.0');
    for (const command of ['start', 'install', 'migrate']) {
      const refused = await fleet.run([command]);
      assert.equal(refused.code, 1, command);
      assert.match(refused.error, /^flotilla: the database was brought to version 99\.1\.0 by migration 999 "from_the_future", and flotilla \d+\.\d+\.\d+ is too old for it: install flotilla 99\.0\.0 or newer and run "flotilla start"/);
    }
    const listed = await fleet.run(['migrate', '--dry-run']);
    assert.match(listed.out, /999 +from_the_future +99\.1\.0 .* by a newer version, needs 99\.0\.0/);
    // The release before works on beside a newer one that has only added.
    sql(`update ${table} set needs = '0.0.1' where number = 999`);
    await (await fleet.start()).stop();
    sql(`update ${table} set checksum = 'another' where number = 2`);
    const changed = await fleet.run(['start']);
    assert.equal(changed.code, 1);
    assert.match(changed.error, /^flotilla: migration 2 "built_in_collections" is not the one that this database has seen/);
  });

  test(`kill -9 at the end of each migration is mended by the next start, on ${dialect}`, async (t) => {
    const done = await empty(t, dialect);
    assert.equal((await done.fleet.run(['migrate'])).code, 0);
    const wanted = done.sql(order);
    // In the order in which they were run: those that need ids come last.
    const numbers = done.sql(`select number from ${table} order by "appliedAt", number`).split('\n').map(Number);
    const { fleet, ...db } = await empty(t, dialect);
    db.sql(done.ledger());
    db.prepare();
    for (const number of numbers) {
      db.hold(number);
      const node = await startServer({ folder: fleet.folder, env: { ...shared, ...db.database.env }, waitForHealth: false });
      t.after(() => node.kill());
      await until(`migration ${number} is under way`, () => { assert.ok(node.alive(), node.logs()); return db.isHeld(); });
      assert.equal((await node.kill('SIGKILL')).signal, 'SIGKILL');
      db.release();
      assert.ok(!db.sql(`select number from ${table}`).split('\n').includes(String(number)), `migration ${number} counts as done`);
    }
    db.clear();
    const node = await fleet.start();
    assert.equal(db.sql(order), wanted);
    const root = await rootOf(node);
    assert.equal((await root.get('/api/roles:list')).body.meta.count, 3);
    assert.equal((await root.get('/api/users:list')).body.meta.count, 1);
  });
}
