// What a second process adds: the same requests to one process on one core and to two on two. Method: README.md.
import {readFileSync, rmSync, mkdtempSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join, resolve} from 'node:path';
import {fileURLToPath} from 'node:url';
import {run, stop, stopAll} from './lib/children.mjs';
import {load, readCases} from './lib/dataset.mjs';
import {machine} from './lib/machine.mjs';
import {cpuSeconds, family} from './lib/processes.mjs';
import {binary, startServer} from './lib/server.mjs';
import {wrk} from './lib/wrk.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const seconds = Number(process.env.DURATION || 8), connections = Number(process.env.CONNECTIONS || 64), rounds = Number(process.env.ROUNDS || 3);
const cases = (process.env.CASES || 'filter,list').split(',');
const wanted = 1.8;

const median = values => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** Seconds of CPU of children that have ended: of wrk, while the servers run. */
const endedChildren = () => {
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ').at(-1).split(' ');
  return (Number(fields[13]) + Number(fields[14])) / 100;
};

/** A server of so many processes, each on a core of its own with all its threads. */
async function serverOf(processes, scratch) {
  const server = await startServer(binary(root), mkdtempSync(join(scratch, 'server-')), {CLUSTER_MODE: String(processes), FLOTILLA_THREADS: '1', LOGGER_LEVEL: 'warn'});
  const nodes = processes === 1 ? [server.pid] : family(server.pid).slice(1);
  if (nodes.length !== processes) throw new Error(`${processes} processes wanted, ${nodes.length} run`);
  const {token, probe} = await load(server.url);
  for (const name of cases) {
    const {status, text} = await probe(readCases[name].path);
    if (status !== 200 || !readCases[name].check(text)) throw new Error(`${name}: a wrong answer: ${status} ${text.slice(0, 300)}`);
  }
  for (const [core, pid] of nodes.entries()) await run('taskset', ['-acp', String(core), String(pid)]);
  return {...server, nodes, token};
}

async function measure(server, script, lasts) {
  const before = server.nodes.map(cpuSeconds), generator = endedChildren();
  const figures = await wrk({script, url: server.url, pid: server.pid, connections, threads: 1, seconds: lasts, env: {BENCH_TOKEN: server.token}});
  if (figures.errors > 0) throw new Error(`${script}: ${JSON.stringify(figures.errorKinds)}`);
  return {
    rate: figures.requestsPerSecond, generator: (endedChildren() - generator) / figures.seconds,
    cores: server.nodes.map((pid, i) => (cpuSeconds(pid) - before[i]) / figures.seconds),
  };
}

const scratch = mkdtempSync(join(process.env.BENCH_FOLDER || tmpdir(), 'flotilla-multicore-'));
let enough = true;
try {
  const about = await machine(binary(root));
  console.log(`${about.cpu}, ${about.cores} core(s) of it for the generator, ${about.kernel}; ${about.server}; SQLite, ${connections} connections, ${rounds} rounds of ${seconds} s, each server in turn`);
  const one = await serverOf(1, scratch), two = await serverOf(2, scratch);
  console.log('case     1 process/s  2 processes/s  ratio  wrk cores (1, 2)  cores of the two  ratio for the cores left');
  for (const name of cases) {
    const got = {one: [], two: []};
    for (let round = 0; round < rounds; ++round)
      for (const [which, server] of [['one', one], ['two', two]]) {
        await measure(server, name, 1);
        got[which].push(await measure(server, name, seconds));
      }
    const rate = which => median(got[which].map(it => it.rate)), wrkCores = which => median(got[which].map(it => it.generator));
    const ratio = rate('two') / rate('one'), fair = ratio * 2 / (2 - wrkCores('two'));
    const each = [0, 1].map(i => median(got.two.map(it => it.cores[i])).toFixed(2)).join(' + ');
    console.log(`${name.padEnd(8)} ${rate('one').toFixed(0).padStart(11)}  ${rate('two').toFixed(0).padStart(13)}  ${ratio.toFixed(2).padStart(5)}  ${`${wrkCores('one').toFixed(2)}, ${wrkCores('two').toFixed(2)}`.padStart(16)}  ${each.padStart(16)}  ${fair.toFixed(2).padStart(24)}`);
    enough &&= fair >= wanted;
  }
  for (const server of [one, two]) await stop(server.child);
} finally {
  await stopAll();
  rmSync(scratch, {recursive: true, force: true, maxRetries: 3});
}
if (!enough) { console.log(`below ${wanted}`); process.exitCode = 1; }
