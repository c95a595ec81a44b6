// Rooms include downwards only. Adapters see the interfaces of data and cluster; only app sees adapters.
import { isSource, lineOf } from '../tree.mjs';

const floor = { base: 0, runtime: 1, cluster: 2, data: 3, http: 3, supervisor: 4, auth: 4, api: 5, ops: 6, app: 7 };
const adaptersSee = new Set(['base', 'runtime', 'cluster', 'data', 'adapters']);

function allowed(from, to) {
  if (from === to) return true;
  if (from === 'adapters') return adaptersSee.has(to);
  if (to === 'adapters') return from === 'app';
  return floor[to] < floor[from];
}

export function includeDirection(files) {
  const problems = [];
  for (const file of files.filter(isSource)) {
    const from = file.path.split('/')[1];
    if (from !== 'adapters' && !(from in floor)) {
      problems.push(`${file.path}: room ${from} has no place in the order of rooms`);
      continue;
    }
    for (const match of file.text.matchAll(/^#include "([^"]+)"/gm)) {
      const to = match[1].split('/')[0];
      const where = `${file.path}:${lineOf(file.text, match.index)}`;
      if (to !== 'adapters' && !(to in floor)) problems.push(`${where}: "${match[1]}" does not start with a room`);
      else if (!allowed(from, to)) problems.push(`${where}: ${from} must not include ${to}`);
    }
  }
  return problems;
}
