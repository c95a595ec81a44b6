// Nothing committed names a folder of one machine, or the host of a package registry: lock files with addresses tie
// an installation to the mirror of whoever wrote them.
import { lineOf } from '../tree.mjs';

// Spelled in pieces, so that this file passes its own check.
const folders = ['work', 'home', 'root', 'Users', 'farm'].map((name) => new RegExp(`(?<![\\w.~$}*-])/${name}/[\\w.-]+`, 'g'));
const hosts = [['registry', 'npmjs', 'org'], ['registry', 'yarnpkg', 'com'], ['registry', 'npmmirror', 'com'],
  ['pypi', 'org'], ['crates', 'io'], ['proxy', 'golang', 'org'], ['deb', 'debian', 'org']]
  .map((parts) => new RegExp(`(?<![\\w.])${parts.join('\\.')}`, 'g'));
const ports = /https?:\/\/[\w.-]+(:\d+)?\/(npm|artifactory|repository|nexus)\//g;

export function foreignPlaces(files) {
  const problems = [];
  for (const file of files) {
    if (file.size > 4_000_000 || file.binary || file.path.startsWith('tests/conformance/recordings/')) continue;
    for (const [what, patterns] of [['folder of a machine', folders], ['host of a registry', [...hosts, ports]]]) {
      for (const pattern of patterns)
        for (const match of file.text.matchAll(pattern))
          problems.push(`${file.path}:${lineOf(file.text, match.index)}: ${what}: ${match[0]}`);
    }
  }
  return problems;
}
