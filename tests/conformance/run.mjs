// Replays the recordings against a server and says how far the answers agree. See README.md.
//   node run.mjs [--check | --update] [--verbose] [--topic 04-crud] [--seq 168] [--url http://…] [--json out.json]
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { appKey, startServer } from '../lib/server.mjs';
import { judge } from './compare.mjs';
import { madeTokens, readRecordings, send } from './replay.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const { values: options } = parseArgs({
  options: {
    check: { type: 'boolean' }, update: { type: 'boolean' }, verbose: { type: 'boolean' }, topic: { type: 'string' },
    seq: { type: 'string' }, url: { type: 'string' }, json: { type: 'string' }, dialect: { type: 'string', default: 'sqlite' },
  },
});
const readJson = (name, fallback) => (existsSync(join(here, name)) ? JSON.parse(readFileSync(join(here, name), 'utf8')) : fallback);
/** seq -> {reason, skip?}: what differs on purpose, or cannot be judged here. */
const onPurpose = readJson('expected_differences.json', {});
const ratchet = readJson('ratchet.json', {});

const server = options.url ? { url: options.url, stop: async () => {}, logs: () => '' } : await startServer();
const saved = { ...madeTokens(appKey) };
const results = [];
try {
  for (const line of readRecordings()) {
    let answer;
    try {
      answer = await send(line, server.url, saved);
    } catch (error) {
      answer = { status: 0, body: String(error.cause ?? error) };
    }
    const result = { seq: line.seq, topic: line.topic, name: line.name, status: answer.status };
    if (line.withheld || !line.response) result.verdict = 'withheld';
    else Object.assign(result, judge(line, answer));
    const known = onPurpose[line.seq];
    if (known && result.verdict === 'differs') { result.verdict = known.skip ? 'skipped' : 'on purpose'; result.reason = known.reason; }
    if (answer.status >= 500 && answer.status !== 503) result.serverError = JSON.stringify(answer.body).slice(0, 300);
    results.push(result);
    const wanted = (!options.topic || line.topic.includes(options.topic)) && (!options.seq || String(line.seq) === options.seq);
    if (wanted && ((options.verbose && result.verdict === 'differs') || options.seq)) {
      console.log(`#${line.seq} ${line.name}: ${line.request.method} ${decodeURIComponent(line.request.path.replace(/%(?![0-9a-f]{2})/gi, '%25'))} ${JSON.stringify(line.request.body)?.slice(0, 300)}`);
      if (options.seq) console.log(JSON.stringify(answer.body));
      for (const [path, want, got] of (result.why ?? []).slice(0, 8))
        console.log(`    ${path || '(whole)'}: expected ${JSON.stringify(want)?.slice(0, 240)}  got ${JSON.stringify(got)?.slice(0, 240)}`);
    }
  }
} finally {
  await server.stop();
}

const topics = [...new Set(results.map((r) => r.topic))];
const cell = (text, width) => String(text).padStart(width);
console.log(`\n${'topic'.padEnd(22)} ${['judged', 'passed', 'differs', 'purpose', 'skipped', 'withheld'].map((h) => cell(h, 8)).join('')}     %  same wording`);
for (const topic of [...topics, 'all']) {
  const rows = results.filter((r) => topic === 'all' || r.topic === topic);
  const n = (verdict) => rows.filter((r) => r.verdict === verdict).length;
  const judged = rows.length - n('withheld') - n('skipped');
  const worded = rows.filter((r) => r.verdict === 'passed');
  console.log(`${topic.padEnd(22)} ${[judged, n('passed'), n('differs'), n('on purpose'), n('skipped'), n('withheld')].map((v) => cell(v, 8)).join('')} ${cell(((100 * n('passed')) / Math.max(1, judged)).toFixed(1), 6)}  ${worded.filter((r) => r.wording).length}/${worded.length}`);
}
const errors = results.filter((r) => r.serverError);
for (const r of errors) console.log(`server error: #${r.seq} ${r.name}: ${r.status} ${r.serverError}`);
if (options.json) writeFileSync(options.json, JSON.stringify(results, null, 1));

const passing = results.filter((r) => r.verdict === 'passed').map((r) => r.seq);
if (options.update) {
  ratchet[options.dialect] = passing;
  writeFileSync(join(here, 'ratchet.json'), `{\n${Object.entries(ratchet).map(([d, s]) => `  "${d}": ${JSON.stringify(s)}`).join(',\n')}\n}\n`);
}
if (options.check) {
  const expected = ratchet[options.dialect] ?? [];
  const lost = expected.filter((seq) => !passing.includes(seq));
  for (const seq of lost) {
    const r = results.find((x) => x.seq === seq);
    console.log(`no longer passes: #${seq} ${r.topic} ${r.name} ${JSON.stringify(r.why?.[0])}`);
  }
  const gained = passing.filter((seq) => !expected.includes(seq));
  if (gained.length) console.log(`newly passing (run with --update): ${gained.join(' ')}`);
  console.log(`${expected.length - lost.length} passed, ${lost.length} failed`);
  if (lost.length || expected.length === 0) process.exit(1);
}
