// The dashboard and the alert rules: every measure that they name exists (docs/reference/metrics.md, which tests/observe compares with
// what a server exposes), with the suffix and the labels that its type gives it.
import assert from 'node:assert/strict';
import test from 'node:test';
import { parse } from 'yaml';
import { documentedMetrics } from '../observe/lib/table.mjs';
import { textOf } from './lib/repository.mjs';

const documented = documentedMetrics();
// Of Prometheus itself, of every target.
const ownLabels = new Set(['instance', 'job', 'le']);

/** What is wrong with the names and labels of an expression. Functions and keywords are words before a bracket or of PromQL. */
function problemsOf(expression) {
  const problems = [];
  const bare = expression.replace(/"(?:[^"\\]|\\.)*"/g, '""');
  const names = [...bare.matchAll(/\b((?:flotilla|process)_[a-z_]+)(\{[^}]*\})?/g)];
  if (names.length === 0 && !/^up\b/.test(bare)) problems.push('names no measure');
  for (const [, name, selector] of names) {
    const base = name.replace(/_(bucket|sum|count)$/, '');
    const family = documented.get(name) ?? documented.get(base);
    if (!family) { problems.push(`${name} is not documented`); continue; }
    const histogram = family.type === 'histogram';
    if (histogram !== (name !== base) && !documented.has(name)) problems.push(`${name}: a ${family.type}`);
    if (histogram && documented.has(name)) problems.push(`${name}: a histogram without _bucket, _sum or _count`);
    for (const [, label] of (selector ?? '').matchAll(/([a-z_]+)\s*(?:=~|!~|!=|=)/g))
      if (!ownLabels.has(label) && !family.labels.includes(label)) problems.push(`${name} has no label ${label}`);
    const rated = new RegExp(`(rate|increase)\\(${name}\\b`).test(bare);
    if (rated && family.type === 'gauge') problems.push(`${name}: the rate of a gauge`);
  }
  const known = new Set([...ownLabels, ...names.flatMap(([, name]) => (documented.get(name) ?? documented.get(name.replace(/_(bucket|sum|count)$/, '')))?.labels ?? [])]);
  for (const [, labels] of bare.matchAll(/\bby \(([^)]*)\)/g))
    for (const label of labels.split(',').map((one) => one.trim())) if (!known.has(label)) problems.push(`by (${label}), which none of its measures has`);
  const open = [...bare].reduce((depth, c) => depth + ('({['.includes(c) ? 1 : ')}]'.includes(c) ? -1 : 0), 0);
  if (open !== 0) problems.push('brackets are not even');
  return problems;
}

const rules = () => parse(textOf('deploy/prometheus/alerts.yaml')).groups.flatMap(({ rules }) => rules);
const panels = () => JSON.parse(textOf('deploy/grafana/flotilla.json')).panels.filter(({ type }) => type !== 'row');

test('alert rules name measures that exist, and say what to do', () => {
  assert.ok(rules().length > 10);
  assert.equal(new Set(rules().map(({ alert }) => alert)).size, rules().length);
  for (const rule of rules()) {
    assert.deepEqual(problemsOf(rule.expr), [], rule.alert);
    assert.match(rule.alert, /^Flotilla[A-Z][A-Za-z]+$/);
    assert.ok(['critical', 'warning'].includes(rule.labels.severity), rule.alert);
    if (rule.for !== undefined) assert.match(rule.for, /^\d+[sm]$/);
    assert.ok(rule.annotations.summary && rule.annotations.description, rule.alert);
    // A label that the expression has lost would be empty in the text.
    for (const [, label] of rule.annotations.summary.matchAll(/\$labels\.([a-z_]+)/g)) {
      const by = [...rule.expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, labels]) => labels.split(',').map((one) => one.trim()));
      if (by.length > 0) assert.ok(by.includes(label), `${rule.alert}: ${label}`);
    }
  }
});

test('the dashboard names measures that exist, and shows every one of them', () => {
  const shown = new Set();
  for (const panel of panels()) {
    assert.ok(panel.title && panel.targets.length > 0);
    for (const { expr } of panel.targets) {
      assert.deepEqual(problemsOf(expr.replaceAll('$__rate_interval', '5m')), [], `${panel.title}: ${expr}`);
      for (const [name] of expr.matchAll(/\b(?:flotilla|process)_[a-z_]+/g)) shown.add(documented.has(name) ? name : name.replace(/_(bucket|sum|count)$/, ''));
    }
  }
  const ids = JSON.parse(textOf('deploy/grafana/flotilla.json')).panels.map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length);
  const left = [...documented.keys()].filter((name) => !shown.has(name) && !['process_virtual_memory_bytes', 'process_max_fds'].includes(name));
  assert.deepEqual(left, []);
});

test('panels lie beside and below each other', () => {
  const taken = new Map();
  for (const { title, gridPos: { x, y, w, h } } of JSON.parse(textOf('deploy/grafana/flotilla.json')).panels)
    for (let column = x; column < x + w; ++column)
      for (let line = y; line < y + h; ++line) {
        assert.ok(column < 24, title);
        const place = `${column},${line}`;
        assert.ok(!taken.has(place), `${title} lies on ${taken.get(place)}`);
        taken.set(place, title);
      }
});

test('what is wrong is found', () => {
  for (const wrong of ['flotilla_nothing', 'rate(flotilla_http_connections[5m])', 'flotilla_http_request_duration_seconds', 'flotilla_database_up{kind="x"}',
    'sum by (channel) (flotilla_database_up)', 'sum(flotilla_database_up', 'flotilla_database_up_count', 'vector(1)'])
    assert.notDeepEqual(problemsOf(wrong), [], wrong);
});
