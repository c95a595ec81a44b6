// systemd units of deploy/systemd, as they are but for the path of the binary.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { textOf } from './repository.mjs';

export const installed = '/usr/local/bin/flotilla';
export const unitText = (name) => textOf(`deploy/systemd/${name}`);

/** [key, value] of each setting, in order; sections and comments left out. */
export const settings = (text) => text.split('\n').filter((line) => /^[A-Za-z]+=/.test(line)).map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]);
export const valueOf = (text, key) => settings(text).find(([name]) => name === key)?.[1];

/** Writes the unit `file` below `folder` under `name`, starting `binary`; answers its path. */
export function placeUnit(folder, file, name, binary) {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, name);
  writeFileSync(path, unitText(file).replaceAll(installed, binary));
  return path;
}

const callsOf = (set) => {
  const names = execFileSync('systemd-analyze', ['syscall-filter', set], { encoding: 'utf8' }).split('\n').map((line) => line.trim()).filter((line) => line && !line.startsWith('#'));
  return names.slice(1).flatMap((name) => (name.startsWith('@') ? callsOf(name) : [name]));
};

/** The names of system calls that the SystemCallFilter lines of a unit let through. */
export function allowedCalls(text) {
  const allowed = new Set(callsOf('@default'));
  for (const [key, value] of settings(text)) {
    if (key !== 'SystemCallFilter') continue;
    const deny = value.startsWith('~');
    for (const word of value.replace(/^~/, '').split(/\s+/))
      for (const call of word.startsWith('@') ? callsOf(word) : [word]) deny ? allowed.delete(call) : allowed.add(call);
  }
  return allowed;
}

/** A copy of the server that another user may run. */
export function copyForAnyone(binary, folder) {
  const copy = join(folder, 'flotilla');
  copyFileSync(binary, copy);
  return copy;
}
