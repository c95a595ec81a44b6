// Ids of a whole fleet: BigInt64 little-endian files.
import { readFileSync } from 'node:fs';

/** The number of ids, how many are there more than once, and whether all fit a JavaScript number. */
export function checkIds(files) {
  const parts = files.map((file) => readFileSync(file));
  // A process that was killed may have cut its last number.
  const counts = parts.map((part) => Math.floor(part.length / 8));
  const all = new Float64Array(counts.reduce((sum, count) => sum + count, 0));
  let at = 0, unsafe = 0;
  parts.forEach((part, p) => {
    const view = new DataView(part.buffer, part.byteOffset, part.length);
    for (let i = 0; i < counts[p]; ++i) {
      const id = view.getUint32(i * 8 + 4, true) * 2 ** 32 + view.getUint32(i * 8, true);
      if (!Number.isSafeInteger(id)) ++unsafe;
      all[at++] = id;
    }
  });
  all.sort();
  let duplicates = 0;
  for (let i = 1; i < all.length; ++i) if (all[i] === all[i - 1]) ++duplicates;
  return { count: all.length, duplicates, unsafe };
}
