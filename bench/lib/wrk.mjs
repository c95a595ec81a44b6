// One run of wrk, with the CPU and the memory of what it was aimed at.
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {run} from './children.mjs';
import {cpuSeconds, memoryMib} from './processes.mjs';

const scripts = join(dirname(fileURLToPath(import.meta.url)), '../wrk');

/** @param {{script: string, url: string, pid: number, connections: number, threads: number, seconds: number, env?: object}} o */
export async function wrk({script, url, pid, connections, threads, seconds, env = {}}) {
  const args = ['-t', String(Math.min(threads, connections)), '-c', String(connections), '-d', `${seconds}s`, '--timeout', '30s',
    '--latency', '-s', join(scripts, `${script}.lua`), url];
  const cpuBefore = cpuSeconds(pid);
  const began = performance.now();
  const out = await run('wrk', args, {env: {...process.env, BENCH_WRK_DIR: scripts, ...env}});
  const cpu = (cpuSeconds(pid) - cpuBefore) / ((performance.now() - began) / 1000);
  const line = /^BENCH (.*)$/m.exec(out)?.[1];
  if (!line) throw new Error(`wrk gave no figures for ${script}:\n${out}`);
  const figures = JSON.parse(line);
  const errors = Object.values(figures.errors).reduce((a, b) => a + b, 0);
  const {rss, peak} = memoryMib(pid);
  return {
    requestsPerSecond: figures.requests / figures.seconds, requests: figures.requests, seconds: figures.seconds,
    bytes: figures.bytes, p50Us: figures.p50_us, p90Us: figures.p90_us, p99Us: figures.p99_us, p999Us: figures.p999_us, maxUs: figures.max_us,
    errors, errorKinds: figures.errors, connections, cpuCores: cpu, rssMib: rss, peakMib: peak,
  };
}
