// The list of mutations speaks of sources as they are.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { mutations } from './mutations.mjs';

const root = new URL('../../', import.meta.url);

for (const { name, file, find } of mutations) {
  test(name, () => {
    const parts = readFileSync(new URL(file, root), 'utf8').split(find).length - 1;
    assert.equal(parts, 1, `${file} has what is to be replaced ${parts} times`);
  });
}
