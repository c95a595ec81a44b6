// PostgreSQL as the database of the bench, and pgbench doing the very statements that the server sends.
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {startPostgres} from '../../tests/lib/servers/postgres.mjs';
import {run} from './children.mjs';
import {rowCount} from './dataset.mjs';

/** DB_POOL_MAX of the server, and the clients of pgbench. */
export const connections = 13;

export async function startDatabase() {
  const server = await startPostgres();
  const env = {DB_DIALECT: 'postgres', DB_HOST: '127.0.0.1', DB_PORT: String(server.port), DB_DATABASE: 'flotilla', DB_USER: 'flotilla',
    DB_PASSWORD: 'flotilla', DB_POOL_MAX: String(connections)};
  return {...server, env};
}

const columns = ['title', 'content', 'quantity', 'rating', 'price', 'active', 'startsAt', 'endsAt', 'groupId', 'id', 'createdAt', 'updatedAt'];
const rows = (table) => `SELECT ${columns.map(name => `"t"."${name}"`).join(', ')} FROM "${table}" AS "t"`;
const order = ' ORDER BY "t"."id" ASC NULLS LAST LIMIT';
const filler = 'A row that somebody typed into a form. '.repeat(8).slice(0, 300);

/** As the server's own log of statements shows them. */
const scripts = {
  list: `${rows('bench_rows')}${order} 20;\nSELECT count(*) FROM "bench_rows" AS "t";\n`,
  get: `\\set id random(1, ${rowCount})\n${rows('bench_rows')} WHERE "t"."id" = :id${order} 1;\n`,
  filter: `\\set below 500\n${rows('bench_rows')} WHERE "t"."quantity" < :below${order} 20;\n` +
    `SELECT "t"."name", "t"."color", "t"."id", "t"."createdAt", "t"."updatedAt" FROM "bench_groups" AS "t" WHERE "t"."id" = ANY('{2,3,5,6,8,10,11,13,15,16,18,20,21,23,25,26,28,30,31,33}');\n` +
    'SELECT count(*) FROM "bench_rows" AS "t" WHERE "t"."quantity" < :below;\n',
  // A list through the role of the case `role`, whose scope the database has to look at for every row it counts.
  role: `${rows('bench_rows').replace('"t"."rating", ', '')} WHERE "t"."quantity" >= 0${order} 20;\nSELECT count(*) FROM "bench_rows" AS "t" WHERE "t"."quantity" >= 0;\n`,
  create: '\\set quantity random(0, 999)\n\\set group random(1, 100)\nBEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;\n' +
    'INSERT INTO "bench_created" ("title", "content", "quantity", "rating", "price", "active", "startsAt", "endsAt", "groupId", "createdAt", "updatedAt") ' +
    `VALUES ('Created', '${filler}', :quantity, 2.5, 99.25, true, '2025-03-04 05:06:07Z', '2025-04-05 06:07:08Z', :group, now(), now()) RETURNING "id" \\gset\n` +
    `${rows('bench_created')} WHERE "t"."id" = :id${order} 1;\n` +
    'INSERT INTO "flotillaAuditLogs" ("id", "createdAt", "type", "collectionName", "recordKey", "changes", "userId", "roleName", "action", "requestId", "ip") VALUES ' +
    `(gen_random_uuid(), now(), 'create', 'bench_created', :id, '{"title":"Created","content":"${filler}","quantity":5,"rating":2.5,"price":"99.25","active":true}', ` +
    `1, 'root', 'bench_created:create', gen_random_uuid(), '127.0.0.1');\nCOMMIT;\n`,
};

export const cases = Object.keys(scripts);

/** Transactions a second, prepared statements, as many clients as the server has connections. */
export async function pgbench(server, scratch, name, seconds) {
  const file = join(scratch, `${name}.sql`);
  writeFileSync(file, scripts[name]);
  const out = await run('pgbench', ['-n', '-M', 'prepared', '-c', String(connections), '-j', '1', '-T', String(seconds), '-f', file,
    '-h', '127.0.0.1', '-p', String(server.port), '-U', 'flotilla', 'flotilla'], {env: {...process.env, PGPASSWORD: 'flotilla'}});
  const found = /tps = ([\d.]+)/.exec(out);
  if (!found) throw new Error(`pgbench said no tps:\n${out}`);
  return {name, connections, transactionsPerSecond: Number(found[1])};
}
