// What the kernel says about processes: CPU time and resident memory, of a process with all its children.
import {readdirSync, readFileSync} from 'node:fs';

const kTicksPerSecond = 100; // USER_HZ, fixed in the kernel's interface

/** The fields of /proc/PID/stat after the command name, which may hold spaces and brackets. */
function stat(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return null; // gone meanwhile
  }
}

/** The process and everything below it. */
export function family(pid) {
  const parents = new Map();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const fields = stat(entry);
    if (fields) parents.set(Number(entry), Number(fields[1]));
  }
  const out = [pid];
  for (let i = 0; i < out.length; ++i) {
    for (const [child, parent] of parents) if (parent === out[i]) out.push(child);
  }
  return out;
}

/** Seconds of CPU (user and system) used so far. */
export function cpuSeconds(pid) {
  let ticks = 0;
  for (const member of family(pid)) {
    const fields = stat(member);
    if (fields) ticks += Number(fields[11]) + Number(fields[12]);
  }
  return ticks / kTicksPerSecond;
}

/** {rss, peak} in MiB; `peak` is the largest of each process since its start. */
export function memoryMib(pid) {
  let rss = 0, peak = 0;
  for (const member of family(pid)) {
    let text;
    try { text = readFileSync(`/proc/${member}/status`, 'utf8'); } catch { continue; }
    rss += Number(/VmRSS:\s+(\d+)/.exec(text)?.[1] ?? 0);
    peak += Number(/VmHWM:\s+(\d+)/.exec(text)?.[1] ?? 0);
  }
  return {rss: rss / 1024, peak: peak / 1024};
}
