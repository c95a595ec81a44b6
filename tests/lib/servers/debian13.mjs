// Programs of Debian 13 in a folder that scripts/debian13.sh makes: Redis 8 and RabbitMQ 4 are not in Debian 12.
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

export const debian13Folder = process.env.FLOTILLA_DEBIAN13 ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'flotilla/debian13');

/** The command and arguments that run `program` in there, with a /proc and a /tmp of its own and `shared` visible at its own path. */
export function debian13(program, args, ...shared) {
  if (!existsSync(join(debian13Folder, 'usr/bin/redis-server'))) throw new Error(`${debian13Folder} is missing: run scripts/debian13.sh`);
  const script = 'root=$1; shift; mount -t proc proc "$root/proc"; mount -t tmpfs tmpfs "$root/tmp"; while [ "$1" != -- ]; do mkdir -p "$root$1"; mount --bind "$1" "$root$1"; shift; done; shift; exec chroot "$root" "$@"';
  return ['unshare', ['--mount', '--propagation', 'private', 'sh', '-ec', script, 'sh', debian13Folder, ...shared, '--', program, ...args]];
}
