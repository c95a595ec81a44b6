// Compares an answer with a recorded one. Rules: see README.md in this folder.

const isObject = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);
export const kind = (value) => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value);
const differencesMax = 20;

/** Statuses by which a server may refuse what another one failed at with 500. */
const callersMistake = new Set([400, 404, 409, 413, 415, 422]);

/** Names that the server makes up (`t_` + 11 characters) differ from one recording to the next, also as keys. */
const generated = /^([a-z]+)_[0-9a-z]{11}$/;

/** The key of `got` that stands for the recorded `key`: itself, or a generated name in place of a volatile one. */
function counterpart(key, inner, expected, got, volatile) {
  if (key in got) return key;
  const prefix = generated.exec(key)?.[1];
  if (!prefix || !volatile.has(inner)) return null;
  return Object.keys(got).find((other) => !(other in expected) && generated.exec(other)?.[1] === prefix) ?? null;
}

/** Differences as [path, expected, got], at most 20; a missing key has undefined on its side. */
export function differences(expected, got, volatile = new Set(), path = '', out = []) {
  if (out.length >= differencesMax) return out;
  if (volatile.has(path)) {
    if (kind(expected) !== kind(got)) out.push([path, expected, got]);
    return out;
  }
  if (isObject(expected) && '$repeat' in expected) {
    if (got !== expected.$repeat.repeat(expected.times)) out.push([path, expected, typeof got === 'string' ? `a text of ${got.length}` : got]);
    return out;
  }
  const at = (key) => (path ? `${path}/${key}` : `${key}`);
  if (Array.isArray(expected) && Array.isArray(got)) {
    if (expected.length !== got.length) out.push([at('length'), expected.length, got.length]);
    for (let i = 0; i < Math.min(expected.length, got.length); i++) differences(expected[i], got[i], volatile, at(i), out);
    return out;
  }
  if (isObject(expected) && isObject(got)) {
    const met = new Set();
    for (const key of Object.keys(expected)) {
      const theirs = counterpart(key, at(key), expected, got, volatile);
      met.add(theirs);
      differences(expected[key], theirs === null ? undefined : got[theirs], volatile, at(key), out);
    }
    for (const key of Object.keys(got)) if (!met.has(key) && out.length < differencesMax) out.push([at(key), undefined, got[key]]);
    return out;
  }
  if (expected !== got) out.push([path, expected, got]);
  return out;
}

const said = (body) => body?.errors?.map?.((error) => error.message).join('; ') ?? body?.error?.message ?? body;

function statusFits(want, status, body) {
  if (want === status) return true;
  if (want !== 500 || !callersMistake.has(status)) return false;
  // A plain "Not Found" says that there is no such action: that is no answer to a mistake.
  return isObject(body) && Array.isArray(body.errors);
}

/** {verdict: 'passed' | 'differs', why: differences, wording: same message, statusOnly: the recording has no body}. */
export function judge(line, answer) {
  const want = line.response;
  const volatile = new Set(line.volatile ?? []);
  const differs = (why) => ({ verdict: 'differs', why });
  if (!volatile.has('$status') && !statusFits(want.status, answer.status, answer.body))
    return differs([['$status', want.status, answer.status], ['', want.body, answer.body]]);
  if (answer.status >= 400) return { verdict: 'passed', wording: said(want.body) === said(answer.body) };
  if (isObject(want.body) && '$omitted' in want.body) return { verdict: 'passed', statusOnly: true };
  if (isObject(want.body) && '$binary' in want.body) {
    // Bytes of archives hold times and differ between two runs; what they hold is tested where they are made.
    const isText = typeof answer.body !== 'string' || answer.raw?.length === 0;
    return isText ? differs([['', 'a binary body', answer.body]]) : { verdict: 'passed', statusOnly: true };
  }
  const why = differences(want.body, answer.body, volatile);
  return why.length ? differs(why) : { verdict: 'passed' };
}
