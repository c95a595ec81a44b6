// The Helm chart and the plain manifests: what Kubernetes accepts, and what Flotilla needs of it.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { binary, startServer } from '../lib/server.mjs';
import { removeFolder, scratchFolder } from '../lib/servers/process.mjs';
import { chart, helm, kustomize, manifests, render } from './lib/chart.mjs';
import { envFile } from './lib/compose.mjs';
import { stages } from './lib/dockerfile.mjs';
import { objectsOf, problemsOf } from './lib/kubernetes.mjs';
import { documentedMs, inRepository, textOf, unknownVariables } from './lib/repository.mjs';

const objects = objectsOf(render());
const all = (kind, list = objects) => list.filter((object) => object.kind === kind);
const one = (kind, name, list = objects) => all(kind, list).find((object) => !name || object.metadata.name === name);
const podOf = (deployment) => deployment.spec.template.spec;
const containerOf = (deployment) => podOf(deployment).containers[0];
const deployments = all('Deployment');
const instructions = (name) => stages().at(-1).steps.filter((step) => step.name === name).map(({ args }) => args);
const imageEnv = Object.assign({}, ...instructions('ENV'));

test('Helm finds nothing wrong with the chart, and its version is the server\'s', () => {
  const { status, stdout } = helm('lint', '--strict', chart);
  assert.equal(status, 0, stdout);
  const [, version] = /project\(flotilla VERSION (\S+)/.exec(textOf('CMakeLists.txt'));
  const [meta] = objectsOf(textOf('deploy/helm/flotilla/Chart.yaml'));
  assert.deepEqual([meta.version, meta.appVersion], [version, version]);
  assert.match(textOf('deploy/kubernetes/kustomization.yaml'), new RegExp(`newTag: ${version.replaceAll('.', '\\.')}$`, 'm'));
});

test('the schemas of Kubernetes accept every object, whatever the values', async () => {
  const kinds = ['ConfigMap', 'Deployment', 'HorizontalPodAutoscaler', 'Ingress', 'PersistentVolumeClaim', 'PodDisruptionBudget', 'Service'];
  assert.deepEqual([...new Set(objects.map(({ kind }) => kind))].sort(), kinds);
  const variants = [[], ['requests.autoscaling.enabled=false', 'workers.replicas=0'], ['ingress.tlsSecret=tls', 'storage.className=nfs', 'imagePullSecrets[0].name=pull'],
    ['ingress.enabled=false', 'storage.existingClaim=files', 'nodeSelector.disk=ssd', 'podAnnotations.team=a', 'tolerations[0].operator=Exists'],
    ['secret.existing=', 'secret.values.APP_KEY=k', 'secret.values.INIT_ROOT_PASSWORD=p']];
  for (const values of variants)
    for (const object of objectsOf(render(...values))) assert.deepEqual(await problemsOf(object), [], values.join(' '));
  // What they would say.
  const wrong = structuredClone(deployments[0]);
  containerOf(wrong).livenessProb = {};
  assert.match((await problemsOf(wrong)).join(), /containers\/0\/livenessProb is not known/);
  const mistyped = structuredClone(deployments[0]);
  mistyped.spec.minReadySeconds = 'five';
  assert.match((await problemsOf(mistyped)).join(), /minReadySeconds must be integer/);
});

test('the plain manifests are what the chart makes of its default values', () => {
  const rendered = manifests();
  const files = readdirSync(inRepository('deploy/kubernetes')).filter((name) => name.endsWith('.yaml') && name !== 'kustomization.yaml');
  assert.deepEqual(files.sort(), Object.keys(rendered).sort());
  for (const [name, text] of Object.entries(rendered)) assert.equal(textOf(`deploy/kubernetes/${name}`), text, `deploy/kubernetes/${name}: run scripts/kubernetes.sh`);
});

test('kustomize makes of them the same objects, and a Secret that the pods read', async (t) => {
  const folder = scratchFolder('kustomize');
  t.after(() => removeFolder(folder));
  cpSync(inRepository('deploy/kubernetes'), folder, { recursive: true });
  cpSync(join(folder, 'secret.example.env'), join(folder, 'secret.env'));
  const made = objectsOf(kustomize(folder));
  assert.equal(made.length, objects.length + 1);
  for (const object of made) assert.deepEqual(await problemsOf(object), []);
  const secret = one('Secret', null, made);
  for (const deployment of all('Deployment', made)) {
    assert.ok(containerOf(deployment).envFrom.some(({ secretRef }) => secretRef?.name === secret.metadata.name));
    assert.equal(containerOf(deployment).image, containerOf(deployments[0]).image);
  }
});

test('more pods than worker ids, unknown values and secrets among the settings are refused', () => {
  assert.doesNotThrow(() => render('requests.autoscaling.max=26', 'workers.replicas=2'));
  assert.throws(() => render('requests.autoscaling.max=27', 'workers.replicas=2'), /at most 32 nodes: 27 that serve requests, 2 workers and 4 while pods are replaced make 33/);
  assert.throws(() => render('requests.autoscaling.enabled=false', 'requests.replicas=40'), /at most 32 nodes/);
  assert.throws(() => render('requests.autoscaling.min=11'), /min \(11\) is above/);
  assert.throws(() => render('requests.replica=3'), /replica/);
  assert.throws(() => render('settings.APP_KEY=k'), /APP_KEY/);
  assert.throws(() => render('settings.FLOTILLA_DRAIN_DEADLINE_MS=60s'), /FLOTILLA_DRAIN_DEADLINE_MS/);
  assert.throws(() => render('settings.FLOTILLA_DRAIN_DELAY_MS=60s'), /FLOTILLA_DRAIN_DELAY_MS/);
  assert.throws(() => render('settings.CLUSTER_MODE=max'), /CLUSTER_MODE/);
  assert.throws(() => render('secret.existing='), /secret\.values\.APP_KEY is needed/);
});

test('the server takes the settings', async (t) => {
  const folder = scratchFolder('kubernetes');
  t.after(() => removeFolder(folder));
  const { data } = one('ConfigMap');
  const secrets = envFile(textOf('deploy/kubernetes/secret.example.env'));
  assert.deepEqual(unknownVariables([...Object.keys(data), ...Object.keys(secrets)]), []);
  assert.equal(data.APP_PORT, imageEnv.APP_PORT);
  assert.equal(data.STORAGE_PATH, imageEnv.STORAGE_PATH);
  const modes = deployments.map((deployment) => containerOf(deployment).env.find(({ name }) => name === 'WORKER_MODE').value);
  assert.deepEqual(modes.sort(), ['!', '*']);
  await Promise.all(modes.map(async (mode) => {
    // Servers are looked for on this machine's port 1: nothing leaves it.
    const env = { ...data, ...Object.fromEntries(Object.keys(secrets).map((name) => [name, 'k'.repeat(64)])), WORKER_MODE: mode, PATH: process.env.PATH,
      DB_HOST: '127.0.0.1', DB_PORT: '1', REDIS_URL: 'redis://127.0.0.1:1/0', APP_HOST: '127.0.0.1', STORAGE_PATH: join(folder, mode === '*' ? 'worker' : 'requests') };
    const stdout = await new Promise((done) => { execFile(binary, ['doctor', '--json'], { cwd: folder, env }, (error, out) => done(out)); });
    const checks = Object.fromEntries(JSON.parse(stdout).checks.map((check) => [check.name, check]));
    for (const name of ['settings', 'secret', 'first user']) assert.equal(checks[name].state, 'ok', JSON.stringify(checks[name]));
    assert.equal(checks.queue.state, 'failed');
  }));
});

test('probes ask paths that the server answers, also one that serves no requests', async (t) => {
  const paths = ['startupProbe', 'livenessProbe', 'readinessProbe'].map((probe) => {
    const asked = new Set(deployments.map((deployment) => containerOf(deployment)[probe].httpGet.path));
    assert.equal(asked.size, 1);
    return [...asked][0];
  });
  assert.deepEqual(paths, ['/startupz', '/livez', '/readyz']);
  const server = await startServer({ env: { WORKER_MODE: '*' } });
  t.after(() => server.stop());
  for (const path of paths) assert.equal((await fetch(server.url + path)).status, 200, path);
  for (const deployment of deployments) {
    const { startupProbe: { failureThreshold, periodSeconds } } = containerOf(deployment);
    assert.ok(failureThreshold * periodSeconds >= 300);
  }
});

test('a pod that ends may drain; a new one is ready before an old one goes', () => {
  const check = (list) => {
    const drain = Number(one('ConfigMap', null, list).data.FLOTILLA_DRAIN_DEADLINE_MS);
    for (const deployment of all('Deployment', list)) {
      const [program, seconds] = containerOf(deployment).lifecycle.preStop.exec.command;
      assert.equal(program, 'sleep');
      assert.ok(Number(seconds) > 0);
      assert.ok(podOf(deployment).terminationGracePeriodSeconds * 1000 > Number(seconds) * 1000 + drain + 5000);
      assert.deepEqual(deployment.spec.strategy, { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } });
    }
    return drain;
  };
  assert.equal(check(objects), documentedMs('FLOTILLA_DRAIN_DEADLINE_MS'));
  assert.equal(check(objectsOf(render('shutdown.drain=120', 'shutdown.preStop=30'))), 120_000);
});

test('pods are confined, run as the image\'s user, and write to its volume only', () => {
  const [uid, gid] = instructions('USER')[0].toString().split(':').map(Number);
  const [volume] = instructions('VOLUME').flat();
  for (const deployment of deployments) {
    const pod = podOf(deployment), container = containerOf(deployment);
    assert.equal(pod.automountServiceAccountToken, false);
    assert.deepEqual(pod.securityContext, { runAsNonRoot: true, runAsUser: uid, runAsGroup: gid, fsGroup: gid, fsGroupChangePolicy: 'OnRootMismatch', seccompProfile: { type: 'RuntimeDefault' } });
    assert.deepEqual(container.securityContext, { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } });
    assert.deepEqual(container.volumeMounts.map(({ mountPath }) => mountPath), [volume, '/tmp']);
    assert.ok(container.resources.requests.cpu && container.resources.requests.memory && container.resources.limits.memory);
    assert.deepEqual(container.args, instructions('CMD')[0]);
    assert.equal(container.ports[0].containerPort, Number(imageEnv.APP_PORT));
  }
});

test('everything points at something that is there', () => {
  const selects = (selector, deployment) => Object.entries(selector).every(([key, value]) => deployment.spec.template.metadata.labels[key] === value);
  const chosen = (selector) => deployments.filter((deployment) => selects(selector, deployment)).map(({ metadata }) => metadata.name);
  assert.deepEqual(chosen(one('Service').spec.selector), ['flotilla-requests']);
  assert.deepEqual(all('PodDisruptionBudget').flatMap(({ spec }) => chosen(spec.selector.matchLabels)).sort(), ['flotilla-requests', 'flotilla-workers']);
  assert.equal(one('HorizontalPodAutoscaler').spec.scaleTargetRef.name, 'flotilla-requests');
  assert.equal(one('Deployment', 'flotilla-requests').spec.replicas, undefined, 'the autoscaler decides');
  assert.equal(one('Deployment', 'flotilla-workers').spec.replicas, 2);
  assert.deepEqual(one('PersistentVolumeClaim').spec.accessModes, ['ReadWriteMany']);
  const { backend } = one('Ingress').spec.rules[0].http.paths[0];
  assert.equal(backend.service.name, one('Service').metadata.name);
  assert.equal(backend.service.port.name, one('Service').spec.ports[0].name);
  for (const deployment of deployments) {
    assert.ok(selects(deployment.spec.selector.matchLabels, deployment));
    assert.equal(podOf(deployment).volumes[0].persistentVolumeClaim.claimName, one('PersistentVolumeClaim').metadata.name);
    assert.ok(containerOf(deployment).envFrom.some(({ configMapRef }) => configMapRef?.name === one('ConfigMap').metadata.name));
    for (const { labelSelector } of podOf(deployment).topologySpreadConstraints) assert.deepEqual(chosen(labelSelector.matchLabels), [deployment.metadata.name]);
  }
});
