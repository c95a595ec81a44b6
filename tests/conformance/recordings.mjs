// Reads the recordings in the order of the scenario.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = join(dirname(fileURLToPath(import.meta.url)), 'recordings');

/** All lines of recordings/NN-topic.jsonl by `seq`. */
export function readRecordings() {
  const lines = [];
  for (const name of readdirSync(folder).sort()) {
    if (!name.endsWith('.jsonl')) continue;
    for (const text of readFileSync(join(folder, name), 'utf8').split('\n')) if (text) lines.push(JSON.parse(text));
  }
  return lines.sort((a, b) => a.seq - b.seq);
}
