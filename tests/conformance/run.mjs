// Replays the recordings against a server and says how far the answers agree. See README.md.
//   node run.mjs [--check | --update] [--verbose] [--topic 04-crud] [--seq 168] [--json out.json] [--no-wait]
//                [--url http://… [--app-key KEY]] [--dialect sqlite] [--expected file] [--ratchet file]
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startDatabase } from '../lib/databases.mjs';
import { appKey, startServer } from '../lib/server.mjs';
import { judge } from './compare.mjs';
import { readRecordings } from './recordings.mjs';
import { Replay, requestId } from './replay.mjs';
import { explain, table } from './report.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const text = { type: 'string' }, flag = { type: 'boolean' };
const { values: options } = parseArgs({
  options: {
    check: flag, update: flag, verbose: flag, topic: text, seq: text, json: text, 'no-wait': flag, url: text,
    'app-key': { ...text, default: appKey }, dialect: { ...text, default: 'sqlite' },
    expected: { ...text, default: join(here, 'expected_differences.json') }, ratchet: { ...text, default: join(here, 'ratchet.json') },
  },
});
const readJson = (file) => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {});

/** seq -> {reason, skip?}; with `skip` the line is sent, but not judged. */
const known = readJson(options.expected);
const ratchet = readJson(options.ratchet);
const wanted = (line) => (!options.topic || line.topic.includes(options.topic)) && (!options.seq || options.seq.split(',').includes(String(line.seq)));

function verdictOn(line, answer) {
  if (line.withheld || !line.response) return { verdict: 'withheld' };
  const note = known[line.seq];
  if (note?.skip) return { verdict: 'skipped', reason: note.reason };
  const judged = judge(line, answer);
  if (note && judged.verdict === 'differs') return { ...judged, verdict: 'on purpose', reason: note.reason };
  return note ? { ...judged, needlessNote: true } : judged;
}

async function replayAll(server) {
  const replay = new Replay(server.url, options['app-key'], { waits: !options['no-wait'] });
  const results = [];
  for (const line of readRecordings()) {
    const answer = await replay.send(line).catch((error) => ({ status: 0, body: `no answer: ${error.message}` }));
    const result = { line, seq: line.seq, topic: line.topic, name: line.name, status: answer.status, missing: answer.missing };
    Object.assign(result, verdictOn(line, answer));
    if (wanted(line) && options.seq) result.got = { status: answer.status, headers: answer.headers, body: answer.body };
    if (answer.status === 0 || answer.body?.errors?.[0]?.code === 'INTERNAL_ERROR') result.serverError = JSON.stringify(answer.body).slice(0, 300);
    results.push(result);
  }
  replay.end();
  return results;
}

const database = options.url ? { stop: async () => {} } : await startDatabase(options.dialect);
const server = options.url ? { url: options.url, stop: async () => {}, logs: () => '' } : await startServer({ logBytes: 64_000_000, env: database.env });
let results;
try {
  results = await replayAll(server);
} finally {
  await server.stop();
  await database.stop();
}

const logLines = server.logs().split('\n');
const logOf = (line) => logLines.filter((entry) => new RegExp(`\\b${requestId(line)}\\b`).test(entry)).join('\n');
for (const result of results.filter((r) => wanted(r.line))) {
  if (options.seq || (options.verbose && result.verdict === 'differs')) console.log(`${explain(result, logOf(result.line))}\n`);
  if (result.got) console.log(`  answer ${JSON.stringify(result.got)}\n`);
}
console.log(table(results.filter((r) => !options.topic || r.topic.includes(options.topic))));
for (const r of results.filter((x) => x.serverError)) console.log(`server error: #${r.seq} ${r.name}: ${r.status} ${r.serverError}`);
for (const r of results.filter((x) => x.needlessNote)) console.log(`listed as different on purpose, but passes: #${r.seq} ${r.name}`);
if (options.json) writeFileSync(options.json, JSON.stringify(results.map(({ line, ...rest }) => ({ ...rest, request: line.request })), null, 1));

const passing = results.filter((r) => r.verdict === 'passed').map((r) => r.seq);
if (options.update) {
  ratchet[options.dialect] = passing;
  const rows = (list) => list.join(', ').replace(/(.{90,110}?), /g, '$1,\n    ');
  writeFileSync(options.ratchet, `{\n${Object.entries(ratchet).map(([name, list]) => `  "${name}": [\n    ${rows(list)}\n  ]`).join(',\n')}\n}\n`);
}
if (options.check) {
  const expected = ratchet[options.dialect] ?? [];
  const now = new Set(passing), before = new Set(expected);
  const lost = results.filter((r) => before.has(r.seq) && !now.has(r.seq));
  for (const r of lost) console.log(`no longer passes: ${explain(r, logOf(r.line))}`);
  const gained = passing.filter((seq) => !before.has(seq));
  if (gained.length) console.log(`newly passing (keep them with --update): ${gained.join(' ')}`);
  const gone = expected.filter((seq) => !results.some((r) => r.seq === seq));
  if (gone.length) console.log(`in the ratchet, but not recorded: ${gone.join(' ')}`);
  if (expected.length === 0) console.log(`${options.ratchet} has no list for ${options.dialect}: nothing was checked`);
  const failed = lost.length + gone.length + (expected.length === 0 ? 1 : 0);
  console.log(`${expected.length - lost.length - gone.length} passed, ${failed} failed`);
  if (failed) process.exitCode = 1;
}
