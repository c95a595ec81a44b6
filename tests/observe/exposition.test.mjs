// What the strict reader refuses: a reader that takes anything proves nothing.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { parseExposition, total } from './lib/exposition.mjs';

const head = '# HELP a_total A.\n# TYPE a_total counter\n';
const histogram = '# HELP h H.\n# TYPE h histogram\n';

test('good text is read', () => {
  const families = parseExposition(`${head}a_total{x="1",y="q\\"\\\\\\n"} 3\na_total{x="2"} 4.5e1\n${histogram}h_bucket{le="0.1"} 1\nh_bucket{le="+Inf"} 2\nh_sum 3\nh_count 2\n`);
  assert.deepEqual(families.get('a_total').samples[0].labels, { x: '1', y: 'q"\\\n' });
  assert.equal(total(families, 'a_total'), 48);
  assert.equal(total(families, 'a_total', { x: '1' }), 3);
  assert.equal(total(families, 'h'), 2);
});

for (const [what, text] of Object.entries({
  'no last newline': `${head}a_total 1`,
  'no type': '# HELP a_total A.\na_total 1\n',
  'no help': '# TYPE a_total counter\na_total 1\n',
  'type after samples': '# HELP a A.\na 1\n# TYPE a gauge\n',
  'a foreign sample': `${head}b_total 1\n`,
  'a family in two places': `${head}a_total 1\n# HELP b B.\n# TYPE b gauge\nb 1\n# TYPE a_total counter\n`,
  'the same sample twice': `${head}a_total{x="1"} 1\na_total{x="1"} 2\n`,
  'a label without quotes': `${head}a_total{x=1} 1\n`,
  'a bad escape': `${head}a_total{x="\\q"} 1\n`,
  'an open label': `${head}a_total{x="1} 1\n`,
  'no number': `${head}a_total one\n`,
  'a number with a tail': `${head}a_total 1x\n`,
  'a falling counter': `${head}a_total -1\n`,
  'a counter without _total': '# HELP a A.\n# TYPE a counter\na 1\n',
  'an unknown type': '# HELP a A.\n# TYPE a number\na 1\n',
  'a histogram without +Inf': `${histogram}h_bucket{le="1"} 1\nh_sum 1\nh_count 1\n`,
  'buckets that are not cumulated': `${histogram}h_bucket{le="1"} 2\nh_bucket{le="+Inf"} 1\nh_sum 1\nh_count 1\n`,
  'a count beside the buckets': `${histogram}h_bucket{le="+Inf"} 1\nh_sum 1\nh_count 2\n`,
  'a histogram without sum': `${histogram}h_bucket{le="+Inf"} 1\nh_count 1\n`,
})) {
  test(`${what} is refused`, () => assert.throws(() => parseExposition(text)));
}
