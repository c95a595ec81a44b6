// Files of the repository, and the variables that its documentation knows.
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');
export const inRepository = (path) => join(root, path);
export const textOf = (path) => readFileSync(inRepository(path), 'utf8');

/** The default that a row of docs/reference/environment.md states, in milliseconds. */
export function documentedMs(name) {
  const [, value, unit] = new RegExp(`^\\| \`${name}\` \\| \`(\\d+)(s|)\` \\|`, 'm').exec(textOf('docs/reference/environment.md'));
  return Number(value) * (unit === 's' ? 1000 : 1);
}

const documented = new Set([...textOf('docs/reference/environment.md').matchAll(/`([A-Z][A-Z0-9_]*)`/g)].map(([, name]) => name));
/** Those of `names` that docs/reference/environment.md does not have. */
export const unknownVariables = (names) => [...names].filter((name) => !documented.has(name));
