// Sends the requests of the recordings, in order, and keeps what later ones need.
import { createHmac, randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sleep } from '../lib/server.mjs';

const folder = join(dirname(fileURLToPath(import.meta.url)), 'recordings');

export function readRecordings() {
  const lines = [];
  for (const name of readdirSync(folder).sort()) {
    if (!name.endsWith('.jsonl')) continue;
    for (const text of readFileSync(join(folder, name), 'utf8').split('\n')) if (text) lines.push(JSON.parse(text));
  }
  return lines.sort((a, b) => a.seq - b.seq);
}

function sign(claims, key) {
  const part = (v) => Buffer.from(JSON.stringify(v)).toString('base64url');
  const text = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`;
  return `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`;
}

/** Tokens that no line saves: the scenario made them with the server's own key. */
export function madeTokens(key) {
  const now = Math.floor(Date.now() / 1000), day = 86400;
  const session = (claims) => ({ temp: true, iat: now, signInTime: now * 1000, exp: now + day, jti: randomUUID(), ...claims });
  return {
    expiredTok: sign(session({ userId: 1, iat: now - 2 * day, exp: now - 3600, signInTime: (now - 2 * day) * 1000 }), key),
    unknownUserTok: sign(session({ userId: 99999 }), key),
    unknownJtiTok: sign(session({ userId: 1 }), key),
    noTempTok: sign({ userId: 1, iat: now, exp: now + day }, key),
  };
}

const fill = (text, saved) => text.replace(/\{\{([A-Za-z_]\w*)\}\}/g, (all, name) => (name in saved ? String(saved[name]) : all));

function fillBody(value, saved) {
  if (typeof value === 'string') {
    const whole = /^\{\{([A-Za-z_]\w*)\}\}$/.exec(value);
    return whole && whole[1] in saved ? saved[whole[1]] : fill(value, saved);
  }
  if (Array.isArray(value)) return value.map((v) => fillBody(v, saved));
  if (value && typeof value === 'object') {
    if ('$repeat' in value) return value.$repeat.repeat(value.times);
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, fillBody(v, saved)]));
  }
  return value;
}

function multipart(parts, saved) {
  const form = new FormData();
  for (const part of parts) {
    const data = part.data?.base64 !== undefined ? Buffer.from(part.data.base64, 'base64') : fillBody(part.data ?? part.value ?? '', saved);
    if (part.filename !== undefined) form.append(part.name, new Blob([data], { type: part.type ?? 'application/octet-stream' }), part.filename);
    else form.append(part.name, typeof data === 'string' ? data : JSON.stringify(data));
  }
  return form;
}

const at = (body, path) => path.split('.').reduce((v, key) => (v === null || v === undefined ? v : v[key]), body);

/** Sends one line; answers {status, headers, body}. `saved` gains what the line saves. */
export async function send(line, url, saved) {
  const { method, path, headers = {}, body } = line.request;
  const init = { method, headers: {}, redirect: 'manual' };
  for (const [key, value] of Object.entries(headers)) init.headers[key] = fill(value, saved);
  if (body && typeof body === 'object' && '$multipart' in body) {
    init.body = multipart(body.$multipart, saved);
    delete init.headers['content-type'];
  } else if (body && typeof body === 'object' && '$raw' in body) {
    init.body = fill(body.$raw, saved);
  } else if (body !== null && body !== undefined && method !== 'GET' && method !== 'HEAD') {
    init.body = JSON.stringify(fillBody(body, saved));
    init.headers['content-type'] ??= 'application/json';
  }
  if (line.wait_ms) {
    await sleep(line.wait_ms);
    for (let i = 0; i < 200; i++) {
      const healthy = await fetch(`${url}/api/__health_check`).then((r) => r.arrayBuffer().then(() => r.status === 200), () => false);
      if (healthy) break;
      await sleep(25);
    }
  }
  const answer = await fetch(url + fill(path, saved), { ...init, signal: AbortSignal.timeout(20_000) });
  const text = await answer.text();
  let parsed = text;
  if ((answer.headers.get('content-type') ?? '').includes('json')) { try { parsed = JSON.parse(text); } catch { /* stays text */ } }
  for (const [name, where] of Object.entries(line.save ?? {})) {
    const value = at(parsed, where);
    if (value !== undefined) saved[name] = value;
  }
  for (const [name, header] of Object.entries(line.saveHeader ?? {})) {
    if (answer.headers.has(header)) saved[name] = answer.headers.get(header);
  }
  return { status: answer.status, headers: answer.headers, body: parsed };
}
