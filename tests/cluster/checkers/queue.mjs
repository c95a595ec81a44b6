// What the histories of a queue say. Answers the violations; [] means that every promise was kept.

/**
 * `acked`: ids that producers were told are taken. `attempts`: [id, retried] of each start. `done`: ids of attempts that ended well.
 * `dead`: [id, message] of dead letters: a publisher that got no acknowledgement publishes its id again as another message. `poison(id)`: whether it fails always. `retries`: the limit.
 */
export function checkQueue({ acked, attempts, done, dead, poison, retries }) {
  const violations = [];
  const doneSet = new Set(done), deadSet = new Set(dead.map(([id]) => id)), deadCount = new Map();
  for (const [id, message] of dead) deadCount.set(`${id} (${message})`, (deadCount.get(`${id} (${message})`) ?? 0) + 1);
  for (const id of acked) {
    if (poison(id) ? !deadSet.has(id) : !doneSet.has(id)) violations.push(`${id} was acknowledged and then lost`);
  }
  for (const [id, count] of deadCount) if (count > 1) violations.push(`${id} is in the dead letters ${count} times`);
  for (const id of deadSet) if (!poison(id) && doneSet.has(id)) violations.push(`${id} was done and is in the dead letters`);
  for (const [id, retried] of attempts) if (retried > retries) violations.push(`${id} was tried with retry ${retried}, the limit is ${retries}`);
  for (const id of done) if (poison(id)) violations.push(`${id} is poison and was done`);
  return violations;
}
