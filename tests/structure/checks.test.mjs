// Each check finds what it is there for, and lets the good sample pass.
import assert from 'node:assert/strict';
import test from 'node:test';
import { fileSizes } from './checks/file_sizes.mjs';
import { foreignPlaces } from './checks/foreign_places.mjs';
import { includeDirection } from './checks/includes.mjs';
import { links } from './checks/links.mjs';
import { dependencies, variables } from './checks/lists.mjs';
import { sqlText } from './checks/sql_text.mjs';
import { sampleTree } from './tree.mjs';

const finds = (check, texts, pattern) => {
  const problems = check(sampleTree(texts));
  assert.equal(problems.length, 1, problems.join('\n') || 'nothing found');
  assert.match(problems[0], pattern);
};
const passes = (check, texts) => assert.deepEqual(check(sampleTree(texts)), []);

test('includes against the direction', () => {
  finds(includeDirection, { 'src/base/a.hpp': '#pragma once\n#include "data/b.hpp"\n' }, /src\/base\/a.hpp:2: base must not include data/);
  finds(includeDirection, { 'src/data/a.hpp': '#include "http/b.hpp"\n' }, /data must not include http/);
  finds(includeDirection, { 'src/api/a.cpp': '#include "adapters/sqlite/b.hpp"\n' }, /api must not include adapters/);
  finds(includeDirection, { 'src/adapters/sqlite/a.cpp': '#include "api/b.hpp"\n' }, /adapters must not include api/);
  finds(includeDirection, { 'src/base/a.cpp': '#include "a.hpp"\n' }, /does not start with a room/);
  finds(includeDirection, { 'src/attic/a.cpp': '' }, /attic has no place/);
  passes(includeDirection, { 'src/app/a.cpp': '#include "adapters/b.hpp"\n', 'src/adapters/x/a.cpp': '#include "data/b.hpp"\n', 'src/api/a.cpp': '#include "http/b.hpp"\n#include <x/y.hpp>\n' });
});

test('SQL text outside its rooms', () => {
  for (const sql of ['SELECT 1', 'select me', 'INSERT INTO t VALUES (1)', 'UPDATE t SET a = 1', 'DELETE FROM t', 'CREATE TABLE t', 'ALTER TABLE t', 'DROP INDEX i', 'PRAGMA X=1']) {
    const texts = { 'src/api/a.cpp': `auto x = 1;\nauto s = "${sql}";\n` };
    if (sql === 'select me') passes(sqlText, texts);
    else finds(sqlText, texts, /src\/api\/a.cpp:2: SQL text/);
  }
  finds(sqlText, { 'src/data/read/a.cpp': 'auto s = R"(\n  SELECT A FROM b)";' }, /SQL text/);
  passes(sqlText, { 'src/data/sql/a.cpp': '"SELECT 1"', 'src/adapters/sqlite/a.cpp': '"PRAGMA X"' });
  passes(sqlText, { 'src/api/a.cpp': '// "SELECT 1"\n/* "DROP TABLE t" */\nf("Update The Record", "Create A User", "DELETE");' });
});

test('large files', () => {
  const long = 'x;\n'.repeat(601);
  const small = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`src/base/${i}.cpp`, 'x;\n']));
  finds(fileSizes, { ...small, 'src/base/a.cpp': long }, /601 lines/);
  finds(fileSizes, { ...small, 'src/base/a.cpp': `// Long because:\n${long}` }, /602 lines/);
  passes(fileSizes, { ...small, 'src/base/a.cpp': `// Long because: one table of all time zones\n${long}` });
  passes(fileSizes, { ...small, 'src/base/a.cpp': 'x;\n'.repeat(600), 'docs/long.md': long });
  finds(fileSizes, { 'src/base/a.cpp': 'x;\n'.repeat(140) }, /median file has 140 lines/);
});

test('folders of a machine and hosts of registries', () => {
  const path = (...parts) => `/${parts.join('/')}`;
  finds(foreignPlaces, { 'README.md': `see\n${path('work', 'main', 'x')}` }, /README.md:2: folder of a machine/);
  finds(foreignPlaces, { 'a.sh': `cd "${path('home', 'me', 'src')}"` }, /folder of a machine/);
  finds(foreignPlaces, { 'a.json': `"resolved": "https://${['registry', 'npmjs', 'org'].join('.')}/x.tgz"` }, /host of a registry/);
  finds(foreignPlaces, { 'a.json': `http://10.0.0.1:4873${path('npm', 'x.tgz')}` }, /host of a registry/);
  passes(foreignPlaces, { 'a.md': 'src/work/rooms, ~/work/x, $ROOT/work/x, /usr/bin, /var/lib/flotilla, framework/rooms' });
});

test('links', () => {
  finds(links, { 'docs/a.md': '# A\n\n[b](b.md)' }, /docs\/a.md:3: b.md leads nowhere/);
  finds(links, { 'docs/a.md': '[b](#no-such)\n\n# A' }, /no such heading/);
  finds(links, { 'a.md': '[b](docs/b.md#x)', 'docs/b.md': '# Y' }, /no such heading/);
  finds(links, { 'a.md': '<img src="docs/none.svg">' }, /leads nowhere/);
  passes(links, { 'docs/a.md': '[b](../b.md#a-b-c) [s](../src) [u](https://x.y) `[n](no.md)`\n```\n[n](no.md)\n```', 'b.md': '## A b (`c`)', 'src/x.cpp': '' });
});

test('dependencies that are not listed', () => {
  const page = 'docs/explanation/dependencies.md';
  finds(dependencies, { 'cmake/d.cmake': 'find_package(ZLIB REQUIRED)', [page]: '| `fmt` |' }, /ZLIB/);
  finds(dependencies, { 'tests/CMakeLists.txt': 'pkg_check_modules(brotlienc REQUIRED)', [page]: '' }, /brotlienc/);
  finds(dependencies, { 'CMakeLists.txt': '' }, /is missing/);
  passes(dependencies, { 'cmake/d.cmake': '# find_package(Qt)\nfind_package(ZLIB)', [page]: '| `ZLIB` |' });
});

test('variables that are not listed', () => {
  const page = 'docs/reference/environment.md';
  finds(variables, { 'src/base/settings.cpp': 'env.port("APP_PORT", 1)', [page]: 'APP_PORT without quotes' }, /APP_PORT/);
  finds(variables, { 'src/base/settings_check.cpp': '{"WORKER_MODE", ""}', [page]: '' }, /WORKER_MODE/);
  finds(variables, { 'src/base/settings.cpp': 'env.find("TZ")', [page]: '' }, /TZ/);
  finds(variables, { 'src/api/a.cpp': 'std::getenv("HOME")', [page]: '' }, /reads the environment itself/);
  passes(variables, { 'src/base/settings.cpp': 'env.port("APP_PORT", 1), "json", "UTC"', [page]: '| `APP_PORT` |' });
});
