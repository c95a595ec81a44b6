// deploy/docker/docker-compose.yml as Compose reads it: merged, and with the values of an environment file put in.
import { parse } from 'yaml';
import { textOf } from './repository.mjs';

const place = /\$\{([A-Z_]+)(?::([-?])([^}]*))?\}/g;

/** Names of the variables that a text has places for. */
export const placesOf = (text) => new Set([...text.matchAll(place)].map(([, name]) => name));

/** NAME=value lines. */
export const envFile = (text) => Object.fromEntries([...text.matchAll(/^([A-Z_]+)=(.*)$/gm)].map(([, name, value]) => [name, value]));

export function interpolate(text, values) {
  return text.replace(place, (_, name, kind, word) => {
    if (values[name]) return values[name];
    if (kind === '?') throw new Error(`${name}: ${word}`);
    return kind === '-' ? word : '';
  });
}

export const composeText = () => textOf('deploy/docker/docker-compose.yml');
export const compose = (values) => parse(interpolate(composeText(), values), { merge: true });
