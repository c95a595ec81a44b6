// What the histories of a queue say. Answers the violations; [] means that every promise was kept.

/**
 * `acked`: ids that producers were told are taken. `attempts`: [id, retried] of each start. `done`: ids of attempts that ended well.
 * `dead`: ids of dead letters. `poison(id)`: whether it fails always. `retries`: the limit.
 */
export function checkQueue({ acked, attempts, done, dead, poison, retries }) {
  const violations = [];
  const doneSet = new Set(done), deadCount = new Map();
  for (const id of dead) deadCount.set(id, (deadCount.get(id) ?? 0) + 1);
  for (const id of acked) {
    if (poison(id) ? !deadCount.has(id) : !doneSet.has(id)) violations.push(`${id} was acknowledged and then lost`);
  }
  for (const [id, count] of deadCount) if (count > 1) violations.push(`${id} is in the dead letters ${count} times`);
  for (const [id, count] of deadCount) if (count && !poison(id) && doneSet.has(id)) violations.push(`${id} was done and is in the dead letters`);
  for (const [id, retried] of attempts) if (retried > retries) violations.push(`${id} was tried with retry ${retried}, the limit is ${retries}`);
  for (const id of done) if (poison(id)) violations.push(`${id} is poison and was done`);
  return violations;
}
