// A file that grows past what one can keep in mind is split by noun, or says why not.
import { isSource } from '../tree.mjs';

export const medianMax = 140;
export const linesMax = 600;
const reason = '// Long because:';
const headLines = 15;

const lines = (file) => file.text.split('\n').length - 1;

export function fileSizes(files) {
  const sources = files.filter(isSource);
  const problems = [];
  for (const file of sources) {
    const excused = file.text.split('\n', headLines).some((line) => line.startsWith(reason) && line.length > reason.length + 10);
    if (lines(file) > linesMax && !excused) problems.push(`${file.path}: ${lines(file)} lines, at most ${linesMax} without "${reason} …" in its head`);
  }
  const sorted = sources.map(lines).sort((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  if (median >= medianMax) problems.push(`src: the median file has ${median} lines, it stays below ${medianMax}`);
  return problems;
}
