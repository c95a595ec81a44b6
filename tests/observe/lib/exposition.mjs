// A strict reader of Prometheus' text format 0.0.4
// (https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format), and of what promtool would complain about.
const name = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const labelName = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const types = new Set(['counter', 'gauge', 'histogram', 'summary', 'untyped']);

function fail(line, why) { throw new Error(`${why}: ${JSON.stringify(line)}`); }

function unescapeHelp(line, text) {
  if (/\\(?![\\n])/.test(text)) fail(line, 'a help text has a backslash that escapes nothing');
  return text.replace(/\\(.)/g, (_, c) => (c === 'n' ? '\n' : c));
}

/** `{a="b",c="d"}` at the start of `text`; answers the labels and the rest. */
function readLabels(line, text) {
  const labels = {};
  if (text[0] !== '{') return [labels, text];
  let at = 1;
  while (text[at] !== '}') {
    const equals = text.indexOf('=', at);
    const label = text.slice(at, equals);
    if (equals < 0 || !labelName.test(label) || label.startsWith('__')) fail(line, `no name of a label: ${label}`);
    if (label in labels) fail(line, `label ${label} comes twice`);
    if (text[equals + 1] !== '"') fail(line, 'a label without quotes');
    let value = '';
    for (at = equals + 2; text[at] !== '"'; ++at) {
      if (at >= text.length) fail(line, 'a label does not end');
      if (text[at] !== '\\') { value += text[at]; continue; }
      ++at;
      if (!'\\"n'.includes(text[at])) fail(line, 'a label has a backslash that escapes nothing');
      value += text[at] === 'n' ? '\n' : text[at];
    }
    labels[label] = value;
    ++at;
    if (text[at] === ',') ++at;
    else if (text[at] !== '}') fail(line, 'labels are not separated by a comma');
  }
  return [labels, text.slice(at + 1)];
}

function readValue(line, text) {
  if (text === '+Inf') return Infinity;
  if (text === '-Inf') return -Infinity;
  if (text === 'NaN') return NaN;
  if (!/^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/.test(text)) fail(line, 'no number');
  return Number(text);
}

function checkHistogram(family) {
  const series = new Map();
  const of = (labels) => {
    const { le, ...rest } = labels;
    const key = JSON.stringify(Object.entries(rest).sort());
    if (!series.has(key)) series.set(key, { buckets: [], sum: undefined, count: undefined });
    return series.get(key);
  };
  for (const sample of family.samples) {
    const one = of(sample.labels);
    if (sample.name.endsWith('_bucket')) {
      if (sample.labels.le === undefined) fail(sample.name, 'a bucket without le');
      one.buckets.push([readValue(sample.name, sample.labels.le), sample.value]);
    } else {
      if (sample.labels.le !== undefined) fail(sample.name, 'le where there is no bucket');
      one[sample.name.endsWith('_sum') ? 'sum' : 'count'] = sample.value;
    }
  }
  for (const [key, { buckets, sum, count }] of series) {
    const where = `${family.name}${key}`;
    if (sum === undefined || count === undefined) fail(where, 'a histogram without sum or count');
    if (buckets.length === 0 || buckets.at(-1)[0] !== Infinity) fail(where, 'the last bucket is not +Inf');
    for (let i = 1; i < buckets.length; ++i) {
      if (buckets[i][0] <= buckets[i - 1][0]) fail(where, 'bounds do not rise');
      if (buckets[i][1] < buckets[i - 1][1]) fail(where, 'buckets are not cumulated');
    }
    if (buckets.at(-1)[1] !== count) fail(where, 'the count is not that of the last bucket');
  }
}

/** Families by name: {name, type, help, samples: [{name, labels, value}]}. Throws for what breaks the format. */
export function parseExposition(text) {
  if (!text.endsWith('\n')) throw new Error('the last line does not end');
  const families = new Map();
  let family;
  const seen = new Set();
  for (const line of text.slice(0, -1).split('\n')) {
    if (line === '') continue;
    const comment = /^# (HELP|TYPE) (\S+)(?: (.*))?$/.exec(line);
    if (line[0] === '#' && !comment) continue;
    if (comment) {
      const [, kind, of, rest = ''] = comment;
      if (!name.test(of)) fail(line, 'no name');
      if (family?.name !== of) {
        if (families.has(of)) fail(line, 'the lines of a family are not together');
        family = { name: of, type: undefined, help: undefined, samples: [] };
        families.set(of, family);
      }
      if (kind === 'HELP') {
        if (family.help !== undefined) fail(line, 'a second HELP');
        family.help = unescapeHelp(line, rest);
      } else {
        if (family.type !== undefined) fail(line, 'a second TYPE');
        if (family.samples.length > 0) fail(line, 'TYPE after samples');
        if (!types.has(rest)) fail(line, 'an unknown type');
        family.type = rest;
      }
      continue;
    }
    const head = /^[a-zA-Z_:][a-zA-Z0-9_:]*/.exec(line);
    if (!head) fail(line, 'no sample');
    const [labels, rest] = readLabels(line, line.slice(head[0].length));
    const values = /^ (\S+)(?: (-?\d+))?$/.exec(rest);
    if (!values) fail(line, 'no value');
    const histogram = family?.type === 'histogram';
    const belongs = histogram ? ['_bucket', '_sum', '_count'].some((end) => head[0] === family.name + end) : head[0] === family?.name;
    if (!belongs || family.type === undefined) fail(line, 'a sample without its TYPE before it');
    const key = head[0] + JSON.stringify(Object.entries(labels).sort());
    if (seen.has(key)) fail(line, 'the same sample twice');
    seen.add(key);
    const value = readValue(line, values[1]);
    if (family.type !== 'gauge' && !(value >= 0)) fail(line, `a ${family.type} below zero`);
    family.samples.push({ name: head[0], labels, value });
  }
  for (const one of families.values()) {
    if (one.type === undefined) fail(one.name, 'a family without TYPE');
    if (!one.help) fail(one.name, 'a family without HELP');
    if (one.type === 'counter' && !one.name.endsWith('_total')) fail(one.name, 'a counter whose name does not end with _total');
    if (one.type !== 'counter' && one.name.endsWith('_total')) fail(one.name, '_total, but no counter');
    if (one.type === 'histogram') checkHistogram(one);
  }
  return families;
}

/** The sum of the samples whose labels are all as in `labels`; of a histogram, of their counts. */
export function total(families, family, labels = {}) {
  const found = families.get(family);
  if (!found) throw new Error(`there is no ${family}`);
  const wanted = found.type === 'histogram' ? `${family}_count` : family;
  return found.samples
    .filter((sample) => sample.name === wanted && Object.entries(labels).every(([k, v]) => sample.labels[k] === v))
    .reduce((sum, sample) => sum + sample.value, 0);
}
