// Who made ids with which worker id, when.

/** `uses`: {node, worker, from, to} with BigInt times of one clock. Two nodes must never take turns on one worker id. */
export function checkHolders(uses) {
  const violations = [];
  const byWorker = new Map();
  for (const use of uses) byWorker.set(use.worker, [...(byWorker.get(use.worker) ?? []), use]);
  for (const [worker, list] of byWorker) {
    list.sort((a, b) => (a.from < b.from ? -1 : 1));
    const finished = new Map();  // node -> the turn in which it was last seen
    let turn = 0, holder = null;
    for (const { node, from, to } of list) {
      if (node !== holder) {
        ++turn;
        // Whoever held it before must not come back while somebody else holds it, unless it was given to it anew:
        // that is seen by its life, which is part of the node's name.
        if (finished.has(node)) violations.push(`${node} used worker id ${worker} again while ${holder} held it, at ${from}`);
        if (holder !== null) finished.set(holder, turn);
        holder = node;
      }
      if (to < from) violations.push(`${node}: a use of ${worker} ended before it began`);
    }
  }
  return violations;
}
