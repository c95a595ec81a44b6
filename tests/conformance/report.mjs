// What a replay has to say: a table by topic, and differences one by one.

const cell = (value, width) => String(value).padStart(width);
const shown = (value, max = 240) => {
  const text = value === undefined ? '(absent)' : JSON.stringify(value);
  return text.length > max ? `${text.slice(0, max)}…` : text;
};
const readable = (path) => { try { return decodeURIComponent(path); } catch { return path; } };

/** Rows by topic. The percentage is over judged lines whose recording names a status and a body. */
export function table(results) {
  const columns = ['lines', 'judged', 'passed', 'differs', 'purpose', 'skipped', 'withheld', 'status only'];
  const out = [`${'topic'.padEnd(20)}${columns.map((name) => cell(name, name.length + 2)).join('')}       %  same wording`];
  for (const topic of [...new Set(results.map((r) => r.topic)), 'all']) {
    const rows = results.filter((r) => topic === 'all' || r.topic === topic);
    const count = (verdict) => rows.filter((r) => r.verdict === verdict).length;
    const statusOnly = rows.filter((r) => r.statusOnly && r.verdict === 'passed').length;
    const judged = count('passed') + count('differs') + count('on purpose');
    const figures = [rows.length, judged, count('passed'), count('differs'), count('on purpose'), count('skipped'), count('withheld'), statusOnly];
    const whole = judged - statusOnly;
    const share = whole ? ((100 * (count('passed') - statusOnly)) / whole).toFixed(1) : '-';
    const worded = rows.filter((r) => r.verdict === 'passed' && r.wording !== undefined);
    out.push(`${topic.padEnd(20)}${figures.map((n, i) => cell(n, columns[i].length + 2)).join('')}${cell(share, 8)}  ${worded.filter((r) => r.wording).length}/${worded.length}`);
  }
  return out.join('\n');
}

/** Why an answer differs: request, first differences by path, the server's log lines. */
export function explain(result, log = '') {
  const { line } = result;
  const out = [`#${line.seq} ${line.topic} "${line.name}" ${result.verdict}${result.reason ? `: ${result.reason}` : ''}`];
  out.push(`  ${line.request.method} ${readable(line.request.path)}${line.as ? ` as ${line.as}` : ''}`);
  if (line.request.body !== null && line.request.body !== undefined) out.push(`  body ${shown(line.request.body, 400)}`);
  if (result.missing?.length) out.push(`  no earlier answer gave {{${result.missing.join('}}, {{')}}}`);
  for (const [path, want, got] of (result.why ?? []).slice(0, 8)) out.push(`    ${path || '(whole body)'}: expected ${shown(want)}  got ${shown(got)}`);
  if ((result.why ?? []).length > 8) out.push(`    and ${result.why.length - 8}${result.why.length >= 20 ? ' or more' : ''} others`);
  for (const logged of log.split('\n').filter(Boolean)) out.push(`  log: ${logged.slice(0, 400)}`);
  return out.join('\n');
}
