// deploy/docker/Dockerfile as a list of instructions for each stage.
import dockerFileParser from 'docker-file-parser';
import { textOf } from './repository.mjs';

/** [{base, name, steps: [{name, args, raw}]}], one a stage. */
export function stagesOf(text) {
  const stages = [];
  for (const step of dockerFileParser.parse(text, { includeComments: false })) {
    if (step.error) throw new Error(`line ${step.lineno}: ${step.error}`);
    if (step.name === 'FROM') {
      const [, base, name] = /^(\S+)(?:\s+AS\s+(\S+))?$/i.exec(step.args);
      stages.push({ base, name, steps: [] });
    } else {
      stages.at(-1).steps.push(step);
    }
  }
  return stages;
}

export const stages = () => stagesOf(textOf('deploy/docker/Dockerfile'));

/** What a COPY does: {from?, sources, target}. */
export function copyOf({ args }) {
  const from = args.find((word) => word.startsWith('--from='))?.slice('--from='.length);
  const paths = args.filter((word) => !word.startsWith('--'));
  return { from, sources: paths.slice(0, -1), target: paths.at(-1) };
}

/** The options and the command of a HEALTHCHECK. */
export function healthcheckOf({ args }) {
  const [, options, command] = /^((?:--\S+\s+)*)CMD\s+(\[.*\])$/.exec(args);
  return { options: Object.fromEntries([...options.matchAll(/--([\w-]+)=(\S+)/g)].map(([, key, value]) => [key, value])), command: JSON.parse(command) };
}

/** Whether .dockerignore lets `path` into the context. It lists what is wanted, so that nothing gets in by accident. */
export function inContext(path) {
  const lines = textOf('.dockerignore').split('\n').filter((line) => line && !line.startsWith('#'));
  if (lines[0] !== '*' || !lines.slice(1).every((line) => line.startsWith('!'))) throw new Error('.dockerignore is a list of what is wanted');
  return lines.slice(1).some((line) => path === line.slice(1) || path.startsWith(`${line.slice(1)}/`));
}
