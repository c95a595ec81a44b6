// The table of docs/reference/metrics.md.
import { readFileSync } from 'node:fs';

const page = new URL('../../../docs/reference/metrics.md', import.meta.url);

/** By name: {type, unit, labels}. */
export function documentedMetrics() {
  const out = new Map();
  for (const line of readFileSync(page, 'utf8').split('\n')) {
    const cells = line.split('|').map((cell) => cell.trim());
    const name = /^`([a-z_]+)`$/.exec(cells[1] ?? '')?.[1];
    if (!name || !/^(counter|gauge|histogram)$/.test(cells[2])) continue;
    const [, , type, unit, labels, meaning] = cells;
    if (!meaning) throw new Error(`${name} has no meaning`);
    if (out.has(name)) throw new Error(`${name} is documented twice`);
    out.set(name, { type, unit, labels: [...labels.matchAll(/`([a-z_]+)`/g)].map(([, label]) => label).sort() });
  }
  return out;
}
