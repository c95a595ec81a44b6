// Requests to start mutations from: the recorded ones, with the values of a replay that has just built their world.
import { readRecordings } from '../conformance/recordings.mjs';
import { Replay } from '../conformance/replay.mjs';
import { fillRequest } from '../conformance/template.mjs';
import { appKey } from '../lib/server.mjs';
import { sessionClaims, sign } from '../lib/tokens.mjs';

const bodyBytesMax = 64_000;
/** They are meant to end the process. */
const leftOut = /\/app:(restart|refresh|stop)/;

/** Replays the scenario; answers [{method, target, headers: [[name, value]], json?, body?}]. */
export async function buildSeeds(url) {
  const replay = new Replay(url, appKey, { waits: false });
  const lines = readRecordings();
  for (const line of lines) await replay.send(line);
  replay.end();
  const seeds = [];
  for (const line of lines) {
    if (leftOut.test(line.request.path)) continue;
    const { method, path, headers, body } = fillRequest(line.request, replay.variables);
    if (body !== undefined && Buffer.byteLength(body) > bodyBytesMax) continue;
    const json = headers['content-type']?.includes('json') && !line.request.body?.$raw ? JSON.parse(body || '{}') : undefined;
    const target = Buffer.from(path.replaceAll(' ', '%20')).toString();
    seeds.push({ method, target, headers: [['Host', new URL(url).host], ...Object.entries(headers)], body, json });
  }
  return seeds;
}

/** The same with a token of the first user that begins now: sign-outs and changed passwords do not end the fuzzing. */
export function asRoot(headers) {
  const rest = headers.filter(([name]) => !/^(authorization|x-role)$/i.test(name));
  return [...rest, ['Authorization', `Bearer ${sign(sessionClaims(1), appKey)}`]];
}
