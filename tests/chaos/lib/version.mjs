// A build of the same sources with another version number. The number is compiled in as a text of its own: in a copy of the
// program it is another one, everything else is the same. Migrations carry their release in assets, which stay as they are.
import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';

export const versionOf = (program) => execFileSync(program, ['version'], { encoding: 'utf8' }).match(/^flotilla (\S+)/)[1];

/** Writes the next patch release of `program` to `path`; answers its version. */
export function makeNextVersion(program, path) {
  const version = versionOf(program);
  const [major, minor, patch] = version.split('.');
  const next = `${major}.${minor}.${Number(patch) + 1}`;
  if (next.length !== version.length) throw new Error(`${version} has no successor of the same length`);
  const bytes = readFileSync(program), from = Buffer.from(`${version}\0`), to = Buffer.from(`${next}\0`);
  for (let at = bytes.indexOf(from); at >= 0; at = bytes.indexOf(from, at + 1)) to.copy(bytes, at);
  writeFileSync(path, bytes);
  chmodSync(path, 0o755);
  if (versionOf(path) !== next) throw new Error(`the copy says ${versionOf(path)}, not ${next}`);
  return next;
}
