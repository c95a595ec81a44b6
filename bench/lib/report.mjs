// The figures as text.
const number = (value, digits = 0) => value.toLocaleString('en-US', {minimumFractionDigits: digits, maximumFractionDigits: digits});

export function milliseconds(us) {
  return number(us / 1000, us < 10_000 ? 2 : us < 100_000 ? 1 : 0);
}

/** First column left, the others right. */
export function table(head, rows) {
  const lines = [head, ...rows].map(line => line.map(String));
  const widths = head.map((_, column) => Math.max(...lines.map(line => line[column].length)));
  const draw = line => line.map((cell, i) => (i ? cell.padStart(widths[i]) : cell.padEnd(widths[i]))).join('  ').trimEnd();
  return [draw(lines[0]), widths.map(w => '-'.repeat(w)).join('  '), ...lines.slice(1).map(draw)].join('\n');
}

export const wrkHead = ['case', 'conn', 'requests/s', 'p50 ms', 'p99 ms', 'max ms', 'errors', 'CPU cores', 'RSS MiB'];

export function wrkRow(name, r) {
  return [name, r.connections, number(r.requestsPerSecond, r.requestsPerSecond < 100 ? 1 : 0), milliseconds(r.p50Us), milliseconds(r.p99Us),
    milliseconds(r.maxUs), r.errors, number(r.cpuCores, 2), number(r.rssMib)];
}

export function text(result) {
  const m = result.machine;
  const out = [`${m.cpu}, ${m.cores} cores, ${number(m.memoryGib, 1)} GiB, ${m.system}, kernel ${m.kernel}`,
    `${m.server}; ${m.wrk}, ${m.nginx}, node ${m.node}; ${result.settings.seconds} s a case, ${result.settings.connections} connections, ` +
    `${result.settings.threads} wrk thread(s)`];
  const s = result.server;
  if (s) out.push(`start on an empty folder ${number(s.startMs)} ms; ${number(s.idleRssMib)} MiB resident when idle; ` +
      `rows loaded through the API: ${number(s.loadRowsPerSecond)}/s; list answer ${number(s.listBytes)} bytes`);
  const section = (title, body) => out.push('', title, body);
  if (result.cases.length) section('Server', table(wrkHead, result.cases.map(c => wrkRow(c.name, c))));
  if (result.nginx.length) section('Reference: nginx, the same bytes from a file', table(wrkHead, result.nginx.map(c => wrkRow(c.name, c))));
  if (result.sql.length) section(`Reference: the same SQL through SQLite's C API (${result.sql[0].sqlite}), no server`,
      table(['case', 'threads', 'queries/s'], result.sql.map(q => [q.name, q.threads, number(q.queriesPerSecond)])));
  if (result.servedSql.length) section('Reference: the same SQL behind the least HTTP server there can be', table(wrkHead, result.servedSql.map(c => wrkRow(c.name, c))));
  if (result.pgbench.length) section('Reference: the same statements through pgbench', table(['case', 'clients', 'transactions/s'],
      result.pgbench.map(p => [p.name, p.connections, number(p.transactionsPerSecond)])));
  if (result.ratios.length) section('Server / reference', table(['case', 'reference', 'ratio'],
      result.ratios.map(r => [r.name, r.reference, number(r.ratio, 2)])));
  if (result.role) {
    const {rounds, ratio, limit, ok, inDatabase} = result.role;
    section('List through a role with a scope and fewer fields', table(['round', 'root requests/s', 'role requests/s', 'ratio', 'root CPU us', 'role CPU us', 'ratio'],
        rounds.map((r, i) => [i + 1, number(r.root), number(r.role), number(r.ratio, 2), number(r.rootCpuUs), number(r.roleCpuUs), number(r.roleCpuUs / r.rootCpuUs, 2)])));
    if (inDatabase) out.push(`the same statements through pgbench: ${number(inDatabase, 2)}`);
    out.push(`limit: the middle ratio at least ${limit}${inDatabase ? ' of that' : ''}: ${number(ratio, 2)}, ${ok ? 'kept' : 'NOT KEPT'}`);
  }
  if (result.mixed) {
    const x = result.mixed;
    const line = (name, p) => [name, number(p.requests), p.errors, milliseconds(p.p50Us), milliseconds(p.p90Us), milliseconds(p.p99Us), milliseconds(p.maxUs)];
    section('Health check every 5 ms', table(['while', 'requests', 'errors', 'p50 ms', 'p90 ms', 'p99 ms', 'max ms'],
        [line('idle', x.idle), line(`${x.signIn.connections} clients sign in (${number(x.signIn.requestsPerSecond, 1)}/s)`, x.busy)]));
    out.push(`limit: p99 below ${x.limitMs} ms while clients sign in: ${x.ok ? 'kept' : 'NOT KEPT'}`);
  }
  if (result.storms.length) section('Reads beside storms', table(['storm', 'per second', 'errors', 'p99 ms alone', 'p99 ms beside', 'ratio', 'at most 1.20'],
      result.storms.map(s => [s.name, number(s.perSecond), s.errors, milliseconds(s.aloneP99Us), milliseconds(s.besideP99Us), number(s.ratio, 2), s.ok ? 'kept' : 'NOT KEPT'])));
  return out.join('\n');
}
