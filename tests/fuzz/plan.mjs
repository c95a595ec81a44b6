// Which bytes request number `index` of a seed has. The same seed and index choose the same mutation.
import { Random } from '../lib/random.mjs';
import { brokenHead, chunked, spoiltBytes, whole } from './mutate/framing.mjs';
import { mutateHeaders } from './mutate/headers.mjs';
import { mutateJson } from './mutate/json.mjs';
import { mutateMultipart } from './mutate/multipart.mjs';
import { mutateTarget } from './mutate/target.mjs';
import { asRoot } from './seeds.mjs';

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'];
const withType = (headers, type) => [...headers.filter(([name]) => name.toLowerCase() !== 'content-type'), ['Content-Type', type]];

/** kind -> (request, random, seeds) => {bytes, answers: how many are due, or null when the framing is broken} */
const kinds = {
  target: (r, random) => ({ bytes: whole({ ...r, target: mutateTarget(r.target, random) }), answers: 1 }),
  json: (r, random) => {
    const method = r.method === 'GET' || r.method === 'HEAD' ? 'POST' : r.method;
    return { bytes: whole({ ...r, method, headers: withType(r.headers, 'application/json'), body: mutateJson(r.json, random) }), answers: 1 };
  },
  headers: (r, random) => ({ bytes: whole({ ...r, headers: mutateHeaders(r.headers, random) }), answers: 1 }),
  multipart: (r, random) => {
    const { body, contentType } = mutateMultipart(random);
    const target = random.chance(0.6) ? random.pick(['/api/attachments:create', '/api/attachments:upload', '/api/tags:importXlsx', '/api/users:updateProfile', '/api/posts:create']) : r.target;
    return { bytes: whole({ ...r, method: 'POST', target, headers: withType(r.headers, contentType), body }), answers: 1 };
  },
  chunked: (r, random) => ({ bytes: chunked({ ...r, method: r.method === 'GET' ? 'POST' : r.method }, random), answers: null }),
  head: (r, random) => ({ bytes: brokenHead(r, random), answers: null }),
  bytes: (r, random) => ({ bytes: spoiltBytes(whole(r), random), answers: null }),
  pipelined: (r, random, seeds) => {
    const more = Array.from({ length: random.between(1, 5) }, () => random.pick(seeds));
    const parts = [r, ...more.map((seed) => ({ ...seed, headers: asRoot(seed.headers) }))].filter((one) => one.method !== 'HEAD').map(whole);
    if (random.chance(0.4) || parts.length === 0) return { bytes: spoiltBytes(Buffer.concat(parts), random), answers: null };
    return { bytes: Buffer.concat(parts), answers: parts.length };
  },
};
const weights = { target: 30, json: 28, headers: 12, multipart: 6, chunked: 7, head: 6, bytes: 6, pipelined: 5 };
const lots = Object.entries(weights).flatMap(([kind, weight]) => Array(weight).fill(kind));

/** {index, kind, method, bytes, answers} */
export function planRequest(seed, index, seeds) {
  const random = new Random(seed, index);
  const kind = random.pick(lots);
  const from = random.pick(seeds);
  const request = { ...from, headers: random.chance(0.8) ? asRoot(from.headers) : from.headers };
  if (random.chance(0.05)) request.method = random.pick(methods);
  const made = kinds[kind](request, random, seeds);
  const method = /^[A-Z]+/.exec(made.bytes.toString('latin1', 0, 16))?.[0] ?? 'GET';
  return { index, kind, method, ...made };
}
