// What a protected register saw, in the order in which it saw it.

/** `writes`: {key, token, by, accepted} in order. `grants`: {key, token} of all holders. */
export function checkRegister(writes) {
  const violations = [], newest = new Map();
  for (const { key, token, by, accepted } of writes) {
    if (!accepted) continue;
    const before = newest.get(key) ?? -1n;
    if (token < before) violations.push(`${by} wrote ${key} with token ${token} after token ${before} had written`);
    if (token > before) newest.set(key, token);
  }
  return violations;
}

/** No token is granted twice for a key. */
export function checkGrants(grants) {
  const violations = [], seen = new Map();
  for (const { key, token, by } of grants) {
    const name = `${key} ${token}`;
    if (seen.has(name)) violations.push(`token ${token} of ${key} was granted to ${seen.get(name)} and to ${by}`);
    seen.set(name, by);
  }
  return violations;
}

/** Tokens rise in the order of time in which grants were noted by one process. */
export function checkRising(grants) {
  const violations = [], last = new Map();
  for (const { key, token, by } of grants) {
    const name = `${by} ${key}`;
    if (last.has(name) && token <= last.get(name)) violations.push(`${by} was granted ${key} with ${token} after ${last.get(name)}`);
    last.set(name, token);
  }
  return violations;
}
