// The steps of deploy/docker/Dockerfile, both stages, on this machine.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import test from 'node:test';
import { binary, freePort } from '../lib/server.mjs';
import { removeFolder, scratchFolder, startProcess } from '../lib/servers/process.mjs';
import { copyOf, inContext, stages } from './lib/dockerfile.mjs';
import { makeImage } from './lib/image.mjs';
import { inRepository, textOf, unknownVariables } from './lib/repository.mjs';

const [build, runtime] = stages();

test('the image runs as a user of its own, writes to its volume only, answers its health check and ends in order', async (t) => {
  const image = await makeImage(runtime, (stage, path) => {
    assert.equal(stage, 'build');
    assert.equal(path, '/src/build/release/flotilla');
    return binary;
  });
  t.after(() => image.close());
  assert.match(image.user, /^[1-9]\d+:[1-9]\d+$/);
  assert.equal((await image.exec(['id', '-u'])).stdout.trim(), image.user.split(':')[0]);
  assert.deepEqual(image.volumes, ['/var/lib/flotilla']);
  assert.equal((await image.exec(['touch', '/var/lib/flotilla/x'])).ok, true);
  assert.equal((await image.exec(['touch', '/usr/local/bin/x'])).ok, false);
  assert.equal((await image.exec(['sleep', '0'])).ok, true, 'what the preStop of the pods runs');
  assert.deepEqual(image.ports, [Number(image.env.APP_PORT)]);
  assert.equal(image.env.APP_HOST, '0.0.0.0');
  const { PATH, ...settings } = image.env;
  assert.deepEqual(unknownVariables(Object.keys(settings)), []);

  // On this machine on loopback, and on a port that is free.
  const port = await freePort();
  const env = { ...image.env, APP_HOST: '127.0.0.1', APP_PORT: String(port), APP_KEY: 'k'.repeat(64), INIT_ROOT_PASSWORD: 'secret-1' };
  const [program, args] = image.command([...image.entrypoint, ...image.cmd]);
  assert.equal((await image.exec(image.healthcheck.command, env)).ok, false);
  const ready = async () => (await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => null))?.status === 200;
  const server = await startProcess('flotilla', program, args, { env, ready });
  const health = await image.exec(image.healthcheck.command, env);
  assert.equal(health.ok, true, health.stderr);
  assert.equal((await image.exec(['test', '-s', '/var/lib/flotilla/storage/db/nocobase.sqlite'])).ok, true);
  assert.equal(await server.stop(image.stopSignal), 0, server.log());
  assert.equal((await image.exec(image.healthcheck.command, env)).ok, false);
});

test('the image has the libraries that the binary is linked with, and nothing else', () => {
  const listed = /--no-install-recommends\s+([\w.\s+-]+?)\s+&&/.exec(runtime.steps.find(({ name }) => name === 'RUN').args)[1].split(/\s+/);
  const needed = [...execFileSync('readelf', ['-d', binary], { encoding: 'utf8' }).matchAll(/NEEDED.*\[(.+)\]/g)].map(([, name]) => name);
  const packages = execFileSync('dpkg-query', ['-S', ...needed.map((name) => `*-linux-gnu*/${name}`)], { encoding: 'utf8' })
    .trim().split('\n').map((line) => line.split(':')[0]).filter((name) => !/-dev$/.test(name));
  const ofDebianItself = ['libc6', 'libgcc-s1', 'libstdc++6'];
  assert.deepEqual([...new Set(listed)].sort(), [...new Set([...packages, 'ca-certificates', 'tzdata'])].filter((name) => !ofDebianItself.includes(name)).sort());
});

test('the build stage has every file that the build needs', (t) => {
  const folder = scratchFolder('context');
  t.after(() => removeFolder(folder));
  for (const step of build.steps.filter(({ name }) => name === 'COPY')) {
    const { sources, target } = copyOf(step);
    for (const source of sources) {
      assert.ok(inContext(source), source);
      const to = join(folder, target, target.endsWith('/') ? source.split('/').at(-1) : '');
      mkdirSync(dirname(to), { recursive: true });
      cpSync(inRepository(source), to, { recursive: true });
    }
  }
  assert.equal(inContext('build/release/flotilla') || inContext('.git/config') || inContext('tests/deploy/node_modules'), false);
  const last = build.steps.findLast(({ name }) => name === 'RUN').args;
  const [configure, make, strip] = last.split('&&').map((part) => part.trim());
  execFileSync('sh', ['-ec', configure], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  const target = / --target (\w+)$/.exec(make)[1];
  assert.match(readFileSync(join(folder, 'build/release/build.ninja'), 'utf8'), new RegExp(`^build ${target}: CXX_EXECUTABLE_LINKER`, 'm'));
  assert.match(strip, /build\/release\/flotilla$/);
  execFileSync('sh', ['-c', `command -v ${strip.split(' ')[0]}`]);
});

test('the version in the examples is the one that is built', () => {
  const [, version] = /project\(flotilla VERSION (\S+)/.exec(textOf('CMakeLists.txt'));
  assert.match(textOf('deploy/docker/Dockerfile'), new RegExp(`flotilla:${version.replaceAll('.', '\\.')} `));
});
