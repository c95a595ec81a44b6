// The benchmark: starts a fresh server, measures it, measures the references in the same run, prints both. See README.md.
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join, resolve} from 'node:path';
import {parseArgs} from 'node:util';
import {fileURLToPath} from 'node:url';
import {setTimeout as sleep} from 'node:timers/promises';
import {freePort, run, start, stop, stopAll, untilReady} from './lib/children.mjs';
import {load, readCases, rowCount} from './lib/dataset.mjs';
import {machine} from './lib/machine.mjs';
import {startNginx} from './lib/nginx.mjs';
import * as postgres from './lib/pgbench.mjs';
import {memoryMib} from './lib/processes.mjs';
import {text} from './lib/report.mjs';
import {account, binary, password, startServer} from './lib/server.mjs';
import {storm, storms} from './lib/storms.mjs';
import {wrk} from './lib/wrk.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const tools = process.env.BENCH_TOOLS;
const allCases = ['health', 'list', 'get', 'filter', 'create', 'sign-in', 'role', 'mixed', 'storms'];
const healthLimitMs = 10;
const signInConnections = 4;
const roleRounds = 5;
const roleRatioMin = 0.87;  // a list through a role costs at most 15 % more
const stormLimit = 1.2;
const stormReaders = 8;
const stormRounds = 3;

function setting(name, fallback, least, most) {
  const value = Number(process.env[name] || fallback);
  if (!(value >= least && value <= most)) throw new Error(`${name} must be a number from ${least} to ${most}, not "${process.env[name]}"`);
  return value;
}

function readSettings() {
  const {values} = parseArgs({options: {json: {type: 'boolean'}, only: {type: 'string'}, 'no-references': {type: 'boolean'}}});
  const only = values.only?.split(',') ?? allCases;
  for (const name of only) if (!allCases.includes(name)) throw new Error(`--only: unknown case "${name}"; there are ${allCases.join(', ')}`);
  return {
    json: values.json ?? false, references: !values['no-references'], only, warmUpSeconds: 1,
    seconds: Math.round(setting('DURATION', 8, 1, 3600)), connections: Math.round(setting('CONNECTIONS', 64, 1, 10_000)),
    threads: Math.round(setting('WRK_THREADS', 1, 1, 64)),
  };
}

let settings;
try {
  settings = readSettings();
} catch (error) {
  console.error(`bench: ${error.message}`);
  process.exit(2);
}
const {only} = settings;
const dialect = process.env.BENCH_DIALECT || 'sqlite';
if (!['sqlite', 'postgres'].includes(dialect)) { console.error(`bench: BENCH_DIALECT: got "${dialect}", takes sqlite, postgres`); process.exit(2); }
let database;
const progress = message => process.stderr.write(`${message}\n`);
const scratch = mkdtempSync(join(tmpdir(), 'flotilla-bench-'));

/** A short run whose figures are thrown away, then the real one. */
async function measure(name, target) {
  progress(`  ${name}`);
  const common = {connections: settings.connections, threads: settings.threads, ...target};
  await wrk({...common, seconds: settings.warmUpSeconds});
  return {name, ...await wrk({...common, seconds: settings.seconds})};
}

async function probe(server, seconds) {
  const figures = JSON.parse(await run(join(tools, 'bench_health_probe'), ['--port', String(server.port), '--seconds', String(seconds)]));
  return {requests: figures.requests, errors: figures.errors, p50Us: figures.p50_us, p90Us: figures.p90_us, p99Us: figures.p99_us, maxUs: figures.max_us};
}

async function mixed(server, env) {
  progress('  health check while clients sign in');
  const idle = await probe(server, Math.min(settings.seconds, 4));
  const load = wrk({script: 'sign_in', url: server.url, pid: server.pid, connections: settings.connections, threads: 1, seconds: settings.seconds + 2, env});
  await sleep(1000);
  const busy = await probe(server, settings.seconds);
  const signIn = await load;
  const ok = busy.p99Us < healthLimitMs * 1000 && busy.errors === 0 && signIn.errors === 0 && signIn.requests > 0;
  return {idle, busy, signIn, limitMs: healthLimitMs, ok};
}

/** The list as root and through a role with a scope and fewer fields, in turn; the rounds' middle ratio counts. */
async function throughRole(target, limited) {
  const seconds = Math.max(2, Math.round(settings.seconds / roleRounds));
  const common = {connections: settings.connections, threads: settings.threads, ...target, script: 'list', seconds};
  const rounds = [];
  for (let round = 0; round < roleRounds; ++round) {
    progress(`  list as root and through a role, round ${round + 1}`);
    const rates = {};
    for (const who of round % 2 ? ['role', 'root'] : ['root', 'role'])
      rates[who] = await wrk({...common, env: {...target.env, ...(who === 'role' && {BENCH_TOKEN: limited})}});
    const cpuUs = run => run.cpuCores / run.requestsPerSecond * 1e6;
    rounds.push({root: rates.root.requestsPerSecond, role: rates.role.requestsPerSecond, errors: rates.root.errors + rates.role.errors,
      ratio: rates.role.requestsPerSecond / rates.root.requestsPerSecond, rootCpuUs: cpuUs(rates.root), roleCpuUs: cpuUs(rates.role)});
  }
  const ratio = rounds.map(r => r.ratio).sort((a, b) => a - b)[Math.floor(roleRounds / 2)];
  return {rounds, ratio, limit: roleRatioMin};
}

/** Reads alone and beside each storm, in turns, so that what else the machine does meets both; medians of the p99. */
async function readsBesideStorms(server, env) {
  const seconds = Math.max(2, Math.round(settings.seconds / 2));
  const reads = () => wrk({script: 'get', url: server.url, pid: server.pid, connections: stormReaders, threads: 1, seconds, env});
  const median = values => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
  const out = [];
  for (const name of Object.keys(storms)) {
    progress(`  reads beside a storm: ${name}`);
    const alone = [], beside = [];
    let actions = 0, errors = 0, perSecond = 0;
    for (let round = 0; round < stormRounds; ++round) {
      alone.push(await reads());
      const [read, made] = await Promise.all([reads(), storm(name, server, seconds)]);
      beside.push(read);
      actions += made.actions;
      errors += made.errors + read.errors;
      perSecond += made.perSecond / stormRounds;
    }
    const p99 = runs => median(runs.map(run => run.p99Us));
    const ratio = p99(beside) / p99(alone);
    out.push({name, actions, errors, perSecond, aloneP99Us: p99(alone), besideP99Us: p99(beside), ratio, ok: ratio <= stormLimit && errors === 0});
  }
  return out;
}

async function rawSql(server, names) {
  const out = [];
  for (const name of names) {
    for (const threads of [1, 2]) {
      progress(`  SQL of ${name}, ${threads} thread(s)`);
      const figures = JSON.parse(await run(join(tools, 'bench_raw_sqlite'), ['--database', server.database, '--case', name,
        '--threads', String(threads), '--seconds', String(Math.min(settings.seconds, 4)), '--rows', String(rowCount)]));
      out.push({name, threads, queriesPerSecond: figures.queries_per_second, sqlite: figures.sqlite});
    }
  }
  return out;
}

/** The same SQL behind the least server there can be, under the same load: what a client can get out of SQLite at most. */
async function servedSql(server, names) {
  const out = [];
  for (const name of names) {
    for (const threads of [1, 2]) {
      const port = await freePort();
      const child = start(join(tools, 'bench_raw_sqlite'), ['--database', server.database, '--case', name, '--threads', String(threads),
        '--rows', String(rowCount), '--serve', String(port)]);
      const url = `http://127.0.0.1:${port}`;
      await untilReady(child, async () => (await fetch(url)).status === 200, {timeoutMs: 10_000, what: 'the bare server', complaint: () => ''});
      out.push({of: name, threads, ...await measure(`${name}, ${threads} thread(s)`, {script: 'plain', url, pid: child.pid})});
      await stop(child);
    }
  }
  return out;
}

async function nginxRuns(bodies) {
  const out = [];
  for (const workers of [1, 2]) {
    const nginx = await startNginx(scratch, workers, bodies);
    for (const name of Object.keys(bodies))
      out.push({workers, of: name, ...await measure(`${name}, ${workers} worker(s)`, {script: 'plain', url: `${nginx.url}/${name}`, pid: nginx.pid})});
    await stop(nginx.child);
  }
  return out;
}

function ratios(result) {
  const out = [];
  const rate = name => result.cases.find(c => c.name === name)?.requestsPerSecond;
  for (const n of result.nginx) if (rate(n.of)) out.push({name: n.of, reference: `nginx, ${n.workers} worker(s)`, ratio: rate(n.of) / n.requestsPerSecond});
  for (const q of result.servedSql) if (rate(q.of)) out.push({name: q.of, reference: `bare server of SQL, ${q.threads} thread(s)`, ratio: rate(q.of) / q.requestsPerSecond});
  for (const p of result.pgbench) if (rate(p.name)) out.push({name: p.name, reference: `pgbench, ${p.connections} clients`, ratio: rate(p.name) / p.transactionsPerSecond});
  for (const q of result.sql) if (rate(q.name)) out.push({name: q.name, reference: `SQL alone, ${q.threads} thread(s)`, ratio: rate(q.name) / q.queriesPerSecond});
  return out;
}

async function bench() {
  const path = binary(root);
  const result = {machine: await machine(path), settings, server: null, cases: [], nginx: [], sql: [], servedSql: [], pgbench: [], ratios: [], role: null, mixed: null, storms: []};
  progress(`benching ${path}`);
  if (dialect === 'postgres') database = await postgres.startDatabase();
  const server = await startServer(path, scratch, database?.env);
  const data = await load(server.url);
  const bodies = {};
  for (const [name, {path: address, check}] of Object.entries(readCases)) {
    const {status, text: body} = await data.probe(address);
    let right = false;
    try { right = status === 200 && check(body); } catch { /* not even the right shape */ }
    if (!right) throw new Error(`${address} answers wrongly, so there is nothing to measure: ${status} ${body.slice(0, 300)}`);
    bodies[name] = body;
  }
  result.server = {startMs: server.startMs, idleRssMib: memoryMib(server.pid).rss, loadRowsPerSecond: data.loadRowsPerSecond,
    listBytes: Buffer.byteLength(bodies.list)};

  const env = {BENCH_TOKEN: data.token, BENCH_ROWS: String(rowCount), BENCH_ACCOUNT: account, BENCH_PASSWORD: password};
  const target = {url: server.url, pid: server.pid, env};
  const measured = {
    health: {script: 'plain', url: server.url + readCases.health.path, env: {...env, BENCH_TOKEN: ''}}, list: {script: 'list'}, get: {script: 'get'},
    filter: {script: 'filter'}, create: {script: 'create'}, 'sign-in': {script: 'sign_in', connections: signInConnections},
  };
  for (const [name, how] of Object.entries(measured))
    if (only.includes(name)) result.cases.push(await measure(name, {...target, ...how}));
  if (only.includes('role')) result.role = await throughRole(target, data.limited);
  if (only.includes('mixed')) result.mixed = await mixed(server, env);
  if (only.includes('storms')) result.storms = await readsBesideStorms(server, env);

  if (settings.references) {
    for (const name of database ? postgres.cases.filter(name => only.includes(name)) : []) {
      progress(`  pgbench, ${name}`);
      result.pgbench.push(await postgres.pgbench(database, scratch, name, settings.seconds));
    }
    const rate = (name) => result.pgbench.find((one) => one.name === name)?.transactionsPerSecond;
    if (result.role && rate('role') && rate('list')) result.role.inDatabase = rate('role') / rate('list');
    const inFile = database ? [] : ['list', 'get', 'filter'].filter(name => only.includes(name));
    result.sql = await rawSql(server, inFile);
    await stop(server.child);
    result.servedSql = await servedSql(server, inFile);
    const served = ['health', 'list'].filter(name => only.includes(name));
    if (served.length) result.nginx = await nginxRuns(Object.fromEntries(served.map(name => [name, bodies[name]])));
  }
  result.ratios = ratios(result);
  const failed = result.cases.filter(c => c.errors > 0).map(c => `${c.name} had ${c.errors} errors`);
  if (result.role) {
    const {ratio, rounds, inDatabase = 1} = result.role;
    result.role.ok = ratio >= roleRatioMin * inDatabase && rounds.every((r) => r.errors === 0);
    if (!result.role.ok) failed.push(`a list through a role runs at ${ratio.toFixed(2)} of root's, below ${(roleRatioMin * inDatabase).toFixed(2)}`);
  }
  if (result.mixed && !result.mixed.ok) failed.push(`the health check's p99 is not below ${healthLimitMs} ms while clients sign in`);
  failed.push(...result.storms.filter(s => s.errors > 0).map(s => `the storm of ${s.name} had ${s.errors} errors`));
  console.log(settings.json ? JSON.stringify(result, null, 2) : text(result));
  if (failed.length) throw new Error(failed.join('; '));
}

async function clean() {
  await stopAll();
  await database?.stop();
  rmSync(scratch, {recursive: true, force: true});
}
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => clean().then(() => process.exit(130)));

try {
  await bench();
} catch (error) {
  process.exitCode = 1;
  progress(`bench: ${error.message}`);
} finally {
  await clean();
}
