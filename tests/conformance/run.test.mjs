// The runner itself, against a server that plays the recorded answers back: what it sends, counts, and fails on.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { recordedServer } from '../lib/selftest/recorded_server.mjs';
import { readRecordings } from './recordings.mjs';

const lines = readRecordings();
const judged = lines.filter((line) => line.response && !line.withheld);
const runner = join(dirname(fileURLToPath(import.meta.url)), 'run.mjs');

async function run(t, { alter, args = [], expected = {}, ratchet } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-runner-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const server = await recordedServer(lines, alter);
  t.after(() => server.stop());
  const files = Object.fromEntries(['expected', 'ratchet', 'json'].map((name) => [name, join(folder, `${name}.json`)]));
  writeFileSync(files.expected, JSON.stringify(expected));
  if (ratchet) writeFileSync(files.ratchet, JSON.stringify(ratchet));
  const named = ['--url', server.url, '--no-wait', '--expected', files.expected, '--ratchet', files.ratchet, '--json', files.json];
  const child = spawn(process.execPath, [runner, ...named, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (chunk) => { out += chunk; });
  const code = await new Promise((done) => child.on('close', done));
  const results = JSON.parse(readFileSync(files.json, 'utf8'));
  const failing = results.filter((r) => r.verdict === 'differs').map((r) => r.seq);
  return { code, out, results, failing, files, requests: server.requests };
}

/** A line whose recorded body is plain JSON with data, to be spoiled. */
const spoilable = judged.find((line) => line.response.status === 200 && line.response.body?.data?.id && !line.volatile);
const spoil = (seq, answer) => (seq === spoilable.seq ? { ...answer, body: { ...answer.body, extra: 1 } } : answer);

test('recorded answers all pass, every line was sent once and in order', async (t) => {
  const { failing, results, requests, out } = await run(t);
  assert.deepEqual(failing, []);
  assert.equal(results.filter((r) => r.verdict === 'passed').length, judged.length);
  assert.equal(results.filter((r) => r.verdict === 'withheld').length, lines.length - judged.length);
  assert.deepEqual(requests.map((r) => r.seq), lines.map((line) => line.seq));
  assert.match(out, /^all .* 100\.0 /m);
});

test('saved values, made tokens, raw texts and forms arrive as recorded', async (t) => {
  const { requests } = await run(t);
  const sent = (match) => requests.filter((r) => match(lines.find((line) => line.seq === r.seq)));
  const signedIn = lines.find((line) => line.save?.root === 'data.token');
  const asRoot = sent((line) => line.request.headers.authorization === 'Bearer {{root}}' && line.seq > signedIn.seq);
  assert.ok(asRoot.length > 300);
  assert.deepEqual(asRoot.filter((r) => !r.headers.authorization.startsWith('Bearer ey')).map((r) => r.seq), []);
  for (const [variable, claim] of [['expiredTok', (c) => c.exp < Date.now() / 1000], ['unknownUserTok', (c) => c.userId === 99_999], ['noTempTok', (c) => !('temp' in c)]]) {
    const [request] = sent((line) => line.request.headers.authorization === `Bearer {{${variable}}}`);
    assert.ok(claim(JSON.parse(Buffer.from(request.headers.authorization.split('.')[1], 'base64url'))), variable);
  }
  for (const { seq, body } of sent((line) => typeof line.request.body?.$raw === 'string'))
    assert.equal(body.toString(), lines.find((line) => line.seq === seq).request.body.$raw);
  const [form] = sent((line) => line.request.body?.$multipart?.[0].data === 'hello world');
  assert.match(form.body.toString(), /^(-+peerboundary\w+)\r\n[^]*name="file"; filename="hello.txt"\r\ncontent-type: text\/plain\r\n\r\nhello world\r\n\1--\r\n$/);
  const [long] = sent((line) => line.request.body?.content?.$repeat);
  assert.ok(long.body.length > 2_000_000);
});

test('one extra key, one lost key, one other value, one other status: each is found, and nothing else', async (t) => {
  const alterations = [
    spoil,
    (seq, answer) => { if (seq === spoilable.seq) delete answer.body.data.id; return answer; },
    (seq, answer) => { if (seq === spoilable.seq) answer.body.data.id = 'another'; return answer; },
    (seq, answer) => (seq === spoilable.seq ? { ...answer, status: 201 } : answer),
  ];
  for (const alter of alterations) assert.deepEqual((await run(t, { alter })).failing, [spoilable.seq]);
});

test('--check fails when a line of the ratchet stops passing, and names it', async (t) => {
  const ratchet = { sqlite: judged.map((line) => line.seq) };
  const good = await run(t, { args: ['--check'], ratchet });
  assert.deepEqual([good.code, good.out.trim().split('\n').at(-1)], [0, `${judged.length} passed, 0 failed`]);
  const bad = await run(t, { args: ['--check'], ratchet, alter: spoil });
  assert.equal(bad.code, 1);
  assert.match(bad.out, new RegExp(`no longer passes: #${spoilable.seq} `));
  assert.equal(bad.out.trim().split('\n').at(-1), `${judged.length - 1} passed, 1 failed`);
});

test('--check without a list fails; --update makes it; what passes anew is named', async (t) => {
  const none = await run(t, { args: ['--check'] });
  assert.equal(none.code, 1);
  assert.match(none.out, /0 passed, 1 failed\n$/);
  const made = await run(t, { args: ['--update'], ratchet: { postgres: [1] }, alter: spoil });
  const written = JSON.parse(readFileSync(made.files.ratchet, 'utf8'));
  assert.deepEqual(written.postgres, [1]);
  assert.deepEqual(written.sqlite, judged.map((line) => line.seq).filter((seq) => seq !== spoilable.seq));
  const more = await run(t, { args: ['--check'], ratchet: written });
  assert.equal(more.code, 0);
  assert.match(more.out, new RegExp(`newly passing \\(keep them with --update\\): ${spoilable.seq}\n`));
});

test('differences on purpose are counted apart, skipped lines are sent, needless entries are named', async (t) => {
  const [first, second] = judged.filter((line) => line.seq !== spoilable.seq);
  const expected = { [spoilable.seq]: { reason: 'ours is better' }, [first.seq]: { reason: 'cannot be', skip: true }, [second.seq]: { reason: 'out of date' } };
  const { results, failing, out, requests } = await run(t, { alter: spoil, expected });
  const verdict = (seq) => results.find((r) => r.seq === seq).verdict;
  assert.deepEqual([verdict(spoilable.seq), verdict(first.seq), verdict(second.seq)], ['on purpose', 'skipped', 'passed']);
  assert.deepEqual(failing, []);
  assert.ok(requests.some((r) => r.seq === first.seq));
  assert.match(out, new RegExp(`listed as different on purpose, but passes: #${second.seq} `));
});

test('--verbose shows request and differences by path, --seq and --topic choose what is shown', async (t) => {
  const loud = await run(t, { alter: spoil, args: ['--verbose'] });
  assert.match(loud.out, new RegExp(`#${spoilable.seq} ${spoilable.topic} .* differs\n  ${spoilable.request.method} [^]*extra: expected \\(absent\\)  got 1`));
  const one = await run(t, { args: ['--seq', String(spoilable.seq)] });
  assert.match(one.out, new RegExp(`^#${spoilable.seq} [^]*answer \\{"status":200`));
  assert.equal(one.requests.length, lines.length);
  const topic = await run(t, { args: ['--topic', '04-crud'] });
  assert.match(topic.out, /04-crud/);
  assert.doesNotMatch(topic.out, /05-filters/);
});

test('a server that is not there: every line differs, none passes', async (t) => {
  const { failing, results } = await run(t, { args: ['--url', 'http://127.0.0.1:1'] });
  assert.equal(failing.length, judged.length);
  assert.ok(results.every((r) => r.verdict !== 'passed'));
});
