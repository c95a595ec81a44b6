// Clients that create batches of nested records without pause, and the check of what is left of them.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Client } from '../lib/client.mjs';
import { keepAliveAgent } from '../lib/http.mjs';

export const parentsPerBatch = 20;
export const childrenPerParent = 3;

const run = promisify(execFile);

/** Two collections made over the API: kill_parents has many kill_children. */
export async function makeCollections(client) {
  const text = { name: 'batch', type: 'string', interface: 'input' };
  const number = { name: 'n', type: 'integer', interface: 'integer' };
  await client.data('POST', '/api/collections:create', { name: 'kill_children', fields: [text, number] });
  const children = { name: 'children', type: 'hasMany', interface: 'o2m', target: 'kill_children', foreignKey: 'parentId', sourceKey: 'id', targetKey: 'id' };
  await client.data('POST', '/api/collections:create', { name: 'kill_parents', fields: [text, number, children] });
}

function batchBody(batch) {
  return Array.from({ length: parentsPerBatch }, (_, n) => ({
    batch, n, children: Array.from({ length: childrenPerParent }, (__, i) => ({ batch, n: n * childrenPerParent + i })),
  }));
}

/**
 * Keeps `clients` requests under way until the connection breaks. Answers a stop function that resolves to
 * {sent, acknowledged, refused}: batch ids, and answers that were no success.
 */
export function startBulkCreates(url, token, clients, prefix) {
  const sent = [], acknowledged = [], refused = [];
  let going = true;
  const work = async (who) => {
    const agent = keepAliveAgent();
    const client = new Client(url, { agent, timeoutMs: 15_000 });
    client.token = token;
    for (let i = 0; going; ++i) {
      const batch = `${prefix}-${who}-${i}`;
      sent.push(batch);
      // Whoever has read the whole answer has an acknowledged request; a broken connection leaves it open.
      const answer = await client.post('/api/kill_parents:create', batchBody(batch)).catch(() => null);
      if (!answer) break;
      if (answer.status === 200 && answer.body?.data?.length === parentsPerBatch) acknowledged.push(batch);
      else refused.push(`${batch}: ${answer.status} ${answer.text.slice(0, 300)}`);
    }
    agent.destroy();
  };
  const all = Promise.all(Array.from({ length: clients }, (_, who) => work(who)));
  return async () => { going = false; await all; return { sent, acknowledged, refused }; };
}

/** What the server knows of these batches: batch -> 'whole' | 'absent' | what is wrong. */
export async function stateOf(client, batches) {
  const states = new Map(batches.map((batch) => [batch, []]));
  const filter = encodeURIComponent(JSON.stringify({ batch: { $in: batches } }));
  const parents = await client.data('GET', `/api/kill_parents:list?paginate=false&filter=${filter}&appends=children&sort=n`);
  const children = await client.data('GET', `/api/kill_children:list?paginate=false&fields=batch&filter=${filter}`);
  const childrenOf = new Map();
  for (const { batch } of children) childrenOf.set(batch, (childrenOf.get(batch) ?? 0) + 1);
  for (const parent of parents) states.get(parent.batch).push(parent);
  for (const [batch, rows] of states) {
    const own = childrenOf.get(batch) ?? 0;
    const right = (row, n) => row.n === n && row.children.map((child) => child.n).sort((a, b) => a - b).join() === batchBody(batch)[n].children.map((child) => child.n).join();
    if (rows.length === 0 && own === 0) states.set(batch, 'absent');
    else if (rows.length === parentsPerBatch && own === parentsPerBatch * childrenPerParent && rows.every(right)) states.set(batch, 'whole');
    else states.set(batch, `${rows.length} of ${parentsPerBatch} parents, ${own} of ${parentsPerBatch * childrenPerParent} children, or links amiss`);
  }
  return states;
}

/** Asks the database file itself, past the server: integrity, torn batches, children without parent. Answers problems. */
export async function examineFile(path) {
  const sql = `PRAGMA integrity_check;
    SELECT 'torn parents ' || batch || ' ' || count(*) FROM kill_parents GROUP BY batch HAVING count(*) <> ${parentsPerBatch};
    SELECT 'torn children ' || batch || ' ' || count(*) FROM kill_children GROUP BY batch HAVING count(*) <> ${parentsPerBatch * childrenPerParent};
    SELECT 'orphan ' || c.id FROM kill_children c LEFT JOIN kill_parents p ON p.id = c.parentId AND p.batch = c.batch WHERE p.id IS NULL LIMIT 10;`;
  const { stdout } = await run('sqlite3', ['-readonly', '-bail', '-cmd', '.timeout 5000', path, sql]);
  const lines = stdout.trim().split('\n');
  return lines[0] === 'ok' ? lines.slice(1) : lines;
}
