// The files of the repository, as the checks see them: {path, text}, committed or about to be.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

export function readTree(folder = root) {
  const names = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], { cwd: folder, maxBuffer: 1 << 26 });
  const paths = names.toString().split('\0').filter((path) => path && existsSync(join(folder, path)));
  return paths.map((path) => makeFile(path, () => readFileSync(join(folder, path)), statSync(join(folder, path)).size));
}

function makeFile(path, read, size) {
  let bytes;
  const load = () => (bytes ??= read());
  return {
    path,
    size,
    get binary() { return load().subarray(0, 8000).includes(0); },
    get text() { return load().toString('utf8'); },
  };
}

/** A made-up tree for the self-tests: {path: text}. */
export function sampleTree(texts) {
  return Object.entries(texts).map(([path, text]) => makeFile(path, () => Buffer.from(text), text.length));
}

export const isSource = (file) => /^src\/.*\.(hpp|cpp)$/.test(file.path);
export const lineOf = (text, index) => text.slice(0, index).split('\n').length;

/** C++ text with its comments blanked out, newlines and strings kept. */
export function withoutComments(text) {
  const parts = /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|R"([^(\s]*)\([\s\S]*?\)\1"|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;
  return text.replace(parts, (part) => (part.startsWith('//') || part.startsWith('/*') ? part.replace(/[^\n]/g, ' ') : part));
}
