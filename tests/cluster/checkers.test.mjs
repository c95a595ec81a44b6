// A checker that cannot see a violation proves nothing: each is shown histories with one, and histories without.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { checkIds } from './checkers/ids.mjs';
import { checkGrants, checkRegister, checkRising } from './checkers/locks.mjs';
import { checkQueue } from './checkers/queue.mjs';
import { checkSubscriber } from './checkers/signals.mjs';
import { checkHolders } from './checkers/worker_ids.mjs';

const finds = (violations, pattern) => { assert.equal(violations.length, 1, JSON.stringify(violations)); assert.match(violations[0], pattern); };

test('queue: a good history', () => {
  const history = { acked: ['a', 'b', 'x'], attempts: [['a', 0], ['b', 0], ['b', 1], ['x', 0], ['x', 1]], done: ['a', 'b', 'b'], dead: [['x', 'm']], poison: (id) => id === 'x', retries: 1 };
  assert.deepEqual(checkQueue(history), []);
});
test('queue: each violation', () => {
  const good = { acked: ['a'], attempts: [['a', 0]], done: ['a'], dead: [], poison: (id) => id === 'x', retries: 1 };
  finds(checkQueue({ ...good, done: [] }), /lost/);
  finds(checkQueue({ ...good, acked: ['a', 'x'] }), /lost/);
  finds(checkQueue({ ...good, acked: ['a', 'x'], dead: [['x', 'm'], ['x', 'm']] }), /2 times/);
  assert.deepEqual(checkQueue({ ...good, acked: ['a', 'x'], dead: [['x', 'm'], ['x', 'n']] }), []);
  finds(checkQueue({ ...good, dead: [['a', 'm']] }), /was done and is in the dead letters/);
  finds(checkQueue({ ...good, attempts: [['a', 2]] }), /limit/);
  finds(checkQueue({ ...good, acked: ['a', 'x'], dead: [['x', 'm']], done: ['a', 'x'] }), /poison and was done/);
});

const write = (token, by, accepted = true) => ({ key: 'k', token: BigInt(token), by, accepted });
test('locks: an older token after a newer one', () => {
  assert.deepEqual(checkRegister([write(1, 'a'), write(1, 'a'), write(2, 'b'), write(1, 'a', false), write(3, 'c')]), []);
  finds(checkRegister([write(1, 'a'), write(2, 'b'), write(1, 'a')]), /token 1 after token 2/);
});
test('locks: tokens that were granted twice or fall', () => {
  assert.deepEqual(checkGrants([write(1, 'a'), write(2, 'b')]), []);
  finds(checkGrants([write(1, 'a'), write(1, 'b')]), /granted to a and to b/);
  assert.deepEqual(checkRising([write(1, 'a'), write(3, 'a'), write(2, 'b')]), []);
  finds(checkRising([write(3, 'a'), write(3, 'a')]), /after 3/);
});

test('signals: gaps, repeats and wrong ends', () => {
  assert.deepEqual(checkSubscriber([['reload', 0], ['apply', 1], ['apply', 2]], 2), []);
  assert.deepEqual(checkSubscriber([['reload', 5], ['apply', 4], ['apply', 5], ['apply', 6]], 6), []);
  assert.deepEqual(checkSubscriber([['apply', 1], ['reload', 7], ['apply', 8]], 8), []);
  finds(checkSubscriber([['reload', 0], ['apply', 1], ['apply', 3]], 3), /applied 3 after 1/);
  finds(checkSubscriber([['reload', 0], ['apply', 2]], 2), /after reloading 0/);
  finds(checkSubscriber([['reload', 0], ['apply', 1], ['apply', 1]], 1), /applied 1 after 1/);
  assert.deepEqual(checkSubscriber([['reload', 0], ['apply', 1], ['apply', 1], ['apply', 2]], 2, new Set([1])), []);
  finds(checkSubscriber([['reload', 0], ['apply', 1], ['apply', 3], ['apply', 3]], 3, new Set([3])), /applied 3 after 1/);
  finds(checkSubscriber([['reload', 0], ['apply', 1]], 2), /ended at 1/);
});

const use = (node, from, worker = 3) => ({ node, worker, from: BigInt(from), to: BigInt(from + 1) });
test('worker ids: two holders that take turns', () => {
  assert.deepEqual(checkHolders([use('a', 1), use('a', 5), use('b', 10), use('c', 2, 4)]), []);
  finds(checkHolders([use('a', 1), use('b', 5), use('a', 10)]), /a used worker id 3 again while b held it/);
});

test('ids: a duplicate in another file, a number that is too large, a cut end', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-ids-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = (name, ids, cut = 0) => {
    const bytes = Buffer.alloc(ids.length * 8);
    ids.forEach((id, i) => bytes.writeBigInt64LE(BigInt(id), i * 8));
    writeFileSync(join(folder, name), bytes.subarray(0, bytes.length - cut));
    return join(folder, name);
  };
  assert.deepEqual(checkIds([file('a', [1, 2]), file('b', [3, 4], 3)]), { count: 3, duplicates: 0, unsafe: 0 });
  assert.deepEqual(checkIds([file('c', [1, 2]), file('d', [2])]), { count: 3, duplicates: 1, unsafe: 0 });
  assert.equal(checkIds([file('e', [2n ** 53n])]).unsafe, 1);
});
