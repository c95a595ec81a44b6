// Figures and findings of a fuzzing run.

const columns = (rows) => {
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => String(row[i]).length)));
  return rows.map((row) => row.map((cell, i) => (i ? String(cell).padStart(widths[i]) : String(cell).padEnd(widths[i]))).join('  ')).join('\n');
};

/** A row for each kind of mutation, a column for each status. */
export function statusTable(counts) {
  const kinds = Object.keys(counts).sort();
  const statuses = [...new Set(kinds.flatMap((kind) => Object.keys(counts[kind])))].sort();
  const rows = kinds.map((kind) => [kind, ...statuses.map((status) => counts[kind][status] ?? '')]);
  const sums = statuses.map((status) => kinds.reduce((sum, kind) => sum + (counts[kind][status] ?? 0), 0));
  return columns([['answers', ...statuses], ...rows, ['all', ...sums]]);
}

/** Bytes as a text that can be read, and pasted into Node as Buffer.from(…, 'latin1'). */
export function shownBytes(bytes, max = 1500) {
  const text = JSON.stringify(bytes.toString('latin1', 0, max)).replace(/[\u007f-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return bytes.length > max ? `${text} … (${bytes.length} bytes)` : text;
}

/** Requests between two restorations of the data; a round begins at a multiple of it. */
export const roundSize = 250;

/** From the begin of its round on, because the requests before it may have laid the ground. */
const again = (seed, index) => `SEED=${seed} FLOTILLA_FUZZ_FIRST=${index - (index % roundSize)} FLOTILLA_FUZZ_COUNT=${(index % roundSize) + 1}`;

export const finding = (seed, plan, what) => `#${plan.index} ${plan.kind}: ${what}\n    ${again(seed, plan.index)}\n    ${shownBytes(plan.bytes)}`;

/** 500s with one reason in the log are one finding. */
export function groupErrors(errors, log) {
  const groups = new Map();
  for (const { plan, error } of errors) {
    const line = log.split('\n').find((entry) => error.id && entry.includes(error.id));
    const reason = /reason[="':\s]+(.{1,160})/.exec(line ?? '')?.[1] ?? error.text.slice(0, 160);
    const key = reason.replace(/[0-9a-f]{8}-[0-9a-f-]{27}|\d+/g, '#').slice(0, 60);
    if (!groups.has(key)) groups.set(key, { reason, plan, count: 0, line });
    ++groups.get(key).count;
  }
  return [...groups.values()].sort((a, b) => b.count - a.count);
}
