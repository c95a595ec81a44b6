// What a container engine makes of a Dockerfile's last stage, without one: its steps run in a Debian folder that
// scripts/debian12.sh made, in mounts of their own, and its ENV, USER, WORKDIR, VOLUME, ENTRYPOINT and CMD hold for what runs there.
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { removeFolder, scratchFolder, startProcess } from '../../lib/servers/process.mjs';
import { copyOf, healthcheckOf, inContext } from './dockerfile.mjs';
import { inRepository } from './repository.mjs';

const run = promisify(execFile);
const bare = process.env.FLOTILLA_DEBIAN12 ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'flotilla/debian12');
const systemPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

// The mounts live as long as this process; everything else enters them. In memory: dpkg asks the disk very often.
const mounts = `
bare=$1 folder=$2
mount -t tmpfs tmpfs "$folder"
mkdir "$folder/upper" "$folder/work" "$folder/root"
mount -t overlay overlay -o "lowerdir=$bare,upperdir=$folder/upper,workdir=$folder/work" "$folder/root"
mount -t proc proc "$folder/root/proc"
mount --rbind /dev "$folder/root/dev"
mount -t tmpfs tmpfs "$folder/root/tmp"
[ ! -e /etc/resolv.conf ] || cp --dereference /etc/resolv.conf "$folder/root/etc/resolv.conf"
echo mounted
exec sleep infinity`;

/** Runs all steps of `stage`; `built` answers the file of this machine that stands for a path of an earlier stage. */
export async function makeImage(stage, built) {
  if (!existsSync(join(bare, 'usr/bin/apt-get'))) throw new Error(`${bare} is missing: run scripts/debian12.sh`);
  const folder = scratchFolder('image'), copies = join(folder, 'copies'), layers = join(folder, 'layers'), root = join(layers, 'root');
  for (const path of [copies, layers]) mkdirSync(path);
  const holder = await startProcess('mounts', 'unshare', ['--mount', '--propagation', 'private', 'sh', '-ec', mounts, 'sh', bare, layers], { ready: (text) => text.includes('mounted') });
  const inside = (command) => ['nsenter', [`--mount=/proc/${holder.pid}/ns/mnt`, ...command]];
  const close = async () => { await holder.stop('SIGKILL'); removeFolder(folder); };

  const image = { env: { PATH: systemPath }, user: undefined, workdir: '/', volumes: [], ports: [], entrypoint: [], cmd: [] };
  const chroot = (user, workdir, command) => inside(['chroot', ...(user ? [`--userspec=${user}`] : []), root, 'env', `--chdir=${workdir}`, ...command]);
  const asBuild = async (script) => {
    const [program, args] = chroot(image.user, image.workdir, ['sh', '-c', script]);
    await run(program, args, { env: image.env, maxBuffer: 1 << 26 });
  };
  const doStep = {
    RUN: ({ args }) => asBuild(args),
    async COPY(step) {
      const { from, sources, target } = copyOf(step);
      for (const source of sources) {
        if (!from && !inContext(source)) throw new Error(`${source} is not in the context`);
        const file = from ? built(from, source) : inRepository(source);
        const copy = join(copies, basename(source));
        cpSync(file, copy, { recursive: true });
        const [program, args] = inside(['sh', '-ec', 'case "$2" in */) mkdir -p "$2" ;; *) mkdir -p "$(dirname "$2")" ;; esac; cp -r "$1" "$2"', 'sh', copy, join(root, target)]);
        await run(program, args);
      }
    },
    ENV: ({ args }) => { Object.assign(image.env, args); },
    USER: ({ args }) => { image.user = args.toString(); },
    WORKDIR: ({ args }) => { image.workdir = args.toString(); },
    VOLUME: ({ args }) => { image.volumes.push(...[args].flat()); },
    EXPOSE: ({ args }) => { image.ports.push(...[args].flat().map(Number)); },
    STOPSIGNAL: ({ args }) => { image.stopSignal = args.toString(); },
    HEALTHCHECK: (step) => { image.healthcheck = healthcheckOf(step); },
    ENTRYPOINT: ({ args }) => { image.entrypoint = args; },
    CMD: ({ args }) => { image.cmd = args; },
  };
  try {
    for (const step of stage.steps) {
      if (!(step.name in doStep)) throw new Error(`${step.name} is not known to this test`);
      await doStep[step.name](step);
    }
    // As a cautious engine runs it: only volumes and /tmp can be written to.
    const seal = ['mount --bind "$1" "$1"', ...image.volumes.map((path) => `mount --bind "$1${path}" "$1${path}"`), 'mount -o remount,bind,ro "$1"'].join('\n');
    const [program, args] = inside(['sh', '-ec', seal, 'sh', root]);
    await run(program, args);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    ...image, close,
    /** [program, args] that run `command` as the image's user. */
    command: (command) => chroot(image.user, image.workdir, command),
    /** Whether the command ends with 0; what it printed. */
    async exec(command, env = {}) {
      const [program, args] = chroot(image.user, image.workdir, command);
      try { return { ok: true, ...(await run(program, args, { env: { ...image.env, ...env } })) }; } catch (error) { return { ok: false, stdout: error.stdout, stderr: error.stderr }; }
    },
  };
}
