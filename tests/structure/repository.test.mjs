// What must hold for the repository as a whole.  node --test tests/structure/*.test.mjs
import assert from 'node:assert/strict';
import test from 'node:test';
import { fileSizes } from './checks/file_sizes.mjs';
import { foreignPlaces } from './checks/foreign_places.mjs';
import { includeDirection } from './checks/includes.mjs';
import { links } from './checks/links.mjs';
import { dependencies, variables } from './checks/lists.mjs';
import { sqlText } from './checks/sql_text.mjs';
import { readTree } from './tree.mjs';

const tree = readTree();
const holds = (name, check) => test(name, () => assert.deepEqual(check(tree), []));

holds('rooms include downwards only', includeDirection);
holds('SQL text is written in one place', sqlText);
holds('files stay small', fileSizes);
holds('nothing names a machine or a registry', foreignPlaces);
holds('links of the documentation lead somewhere', links);
holds('dependencies are listed', dependencies);
holds('environment variables are listed', variables);
