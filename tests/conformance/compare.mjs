// Compares an answer with a recorded one. Rules: see README.md in this folder.

const isObject = (v) => v !== null && typeof v === 'object' && !Array.isArray(v);
const kind = (v) => (v === null ? 'null' : Array.isArray(v) ? 'array' : typeof v);

/** Differences as [path, expected, got]; paths in `volatile` compare by presence and JSON type only. */
export function differences(expected, got, volatile = new Set(), path = '', out = []) {
  if (out.length > 20) return out;
  if (volatile.has(path)) {
    // A volatile id may be a number here and text there, null and a value may alternate between recordings.
    if (got === undefined) out.push([path, expected, got]);
    return out;
  }
  if (isObject(expected) && '$omitted' in expected) return out;
  if (isObject(expected) && '$repeat' in expected) {
    if (got !== expected.$repeat.repeat(expected.times)) out.push([path, expected, typeof got]);
    return out;
  }
  if (Array.isArray(expected) && Array.isArray(got)) {
    if (expected.length !== got.length) out.push([`${path}/length`, expected.length, got.length]);
    for (let i = 0; i < Math.min(expected.length, got.length); i++)
      differences(expected[i], got[i], volatile, path ? `${path}/${i}` : `${i}`, out);
    return out;
  }
  if (isObject(expected) && isObject(got)) {
    for (const key of new Set([...Object.keys(expected), ...Object.keys(got)])) {
      const inner = path ? `${path}/${key}` : key;
      if (!(key in got)) out.push([inner, expected[key], undefined]);
      else if (!(key in expected)) out.push([inner, undefined, got[key]]);
      else differences(expected[key], got[key], volatile, inner, out);
    }
    return out;
  }
  if (expected !== got) out.push([path, expected, got]);
  return out;
}

/** {verdict: 'passed'|'differs', why, wording} for a recorded line and the answer to it. */
export function judge(line, answer) {
  const want = line.response;
  const volatile = new Set(line.volatile ?? []);
  const status = answer.status;
  if (!volatile.has('$status') && want.status !== status) {
    const callersMistake = want.status === 500 && status >= 400 && status < 500;
    if (!callersMistake) return { verdict: 'differs', why: [['status', want.status, status], ['body', want.body, answer.body]] };
  }
  if (want.status >= 400) {
    const said = (body) => body?.errors?.map?.((e) => e.message).join('; ') ?? body?.error?.message ?? body;
    return { verdict: 'passed', wording: said(want.body) === said(answer.body) };
  }
  if (isObject(want.body) && '$binary' in want.body) {
    return status === want.status ? { verdict: 'passed', wording: true } : { verdict: 'differs', why: [['status', want.status, status]] };
  }
  const why = differences(want.body, answer.body, volatile);
  return why.length ? { verdict: 'differs', why } : { verdict: 'passed', wording: true };
}
