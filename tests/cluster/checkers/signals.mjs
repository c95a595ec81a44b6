// What one subscriber did with one channel whose messages are 1, 2, 3 …

/**
 * `events`: ['apply', n] and ['reload', n] (n: the state that was read) in order. An unbroken rising sequence, or a reload
 * that covers the gap. `last`: the final state that all must have. `repeated`: those that were published again, as nobody
 * had told the publisher whether they were taken.
 */
export function checkSubscriber(events, last, repeated = new Set()) {
  const violations = [];
  let state = null, unbroken = null;
  for (const [what, n] of events) {
    if (what === 'reload') {
      if (state !== null && n < state) violations.push(`reloaded ${n} after ${state}`);
      state = Math.max(state ?? 0, n);
      unbroken = null;
      continue;
    }
    if (unbroken !== null && n !== unbroken + 1 && !(n === unbroken && repeated.has(n))) violations.push(`applied ${n} after ${unbroken}`);
    // After a reload the signals may start before what was read, never after it.
    if (unbroken === null && state !== null && n > state + 1) violations.push(`applied ${n} after reloading ${state}`);
    unbroken = n;
    state = Math.max(state ?? 0, n);
  }
  if (last !== undefined && state !== last) violations.push(`ended at ${state}, the others at ${last}`);
  return violations;
}
