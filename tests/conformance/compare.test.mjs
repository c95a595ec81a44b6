// The comparer must see what differs: each case breaks one rule and has to be caught.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { differences, judge } from './compare.mjs';

const line = (body, more = {}) => ({ response: { status: 200, body }, ...more });
const answer = (body, status = 200) => ({ status, body });
const recorded = { data: [{ id: 1, name: 'red', at: '2026-01-01T00:00:00.000Z' }], meta: { count: 1 } };
const copy = () => structuredClone(recorded);

test('the same answer passes, key order apart', () => {
  assert.equal(judge(line(recorded), answer({ meta: { count: 1 }, data: [{ name: 'red', at: recorded.data[0].at, id: 1 }] })).verdict, 'passed');
});
test('a changed value differs', () => {
  const got = copy();
  got.data[0].name = 'blue';
  assert.deepEqual(judge(line(recorded), answer(got)).why, [['data/0/name', 'red', 'blue']]);
});
test('a number is not its text', () => {
  const got = copy();
  got.data[0].id = '1';
  assert.equal(judge(line(recorded), answer(got)).verdict, 'differs');
});
test('a missing and an extra key differ', () => {
  const missing = copy();
  delete missing.data[0].name;
  assert.equal(judge(line(recorded), answer(missing)).verdict, 'differs');
  const extra = copy();
  extra.data[0].more = null;
  assert.equal(judge(line(recorded), answer(extra)).verdict, 'differs');
});
test('a list of another length differs', () => {
  const got = copy();
  got.data.push(got.data[0]);
  assert.equal(judge(line(recorded), answer(got)).verdict, 'differs');
});
test('another status differs, also with the same body', () => {
  assert.equal(judge(line(recorded), answer(recorded, 201)).verdict, 'differs');
});
test('a volatile place may have another value, but must be there', () => {
  const got = copy();
  got.data[0].at = '2027-05-05T00:00:00.000Z';
  assert.equal(judge(line(recorded), answer(got)).verdict, 'differs');
  assert.equal(judge(line(recorded, { volatile: ['data/0/at'] }), answer(got)).verdict, 'passed');
  delete got.data[0].at;
  assert.equal(judge(line(recorded, { volatile: ['data/0/at'] }), answer(got)).verdict, 'differs');
});
test('a volatile place keeps its JSON type', () => {
  for (const wrong of [null, 5, ['2027'], { at: 1 }, true]) {
    const got = copy();
    got.data[0].at = wrong;
    assert.equal(judge(line(recorded, { volatile: ['data/0/at'] }), answer(got)).verdict, 'differs', JSON.stringify(wrong));
  }
});
test('a volatile place does not cover its neighbours', () => {
  const got = copy();
  got.data[0].at = '2027';
  got.meta.count = 2;
  assert.deepEqual(judge(line(recorded, { volatile: ['data/0/at'] }), answer(got)).why, [['meta/count', 1, 2]]);
});
test('a volatile generated name may be another one of its kind, and must be there', () => {
  const named = (key) => ({ data: { [key]: { id: 1 } } });
  const made = line(named('t_73g5nu9i4sa'), { volatile: ['data/t_73g5nu9i4sa'] });
  assert.equal(judge(made, answer(named('t_ac30cyrwylz'))).verdict, 'passed');
  assert.equal(judge(made, answer(named('f_ac30cyrwylz'))).verdict, 'differs');
  assert.equal(judge(made, answer({ data: {} })).verdict, 'differs');
  assert.equal(judge(line(named('t_73g5nu9i4sa')), answer(named('t_ac30cyrwylz'))).verdict, 'differs');
});
test('null, absent, empty list and empty object are four things', () => {
  const values = [null, undefined, [], {}];
  for (const want of values) for (const got of values)
    assert.equal(differences({ data: want }, { data: got }).length, want === got || JSON.stringify(want) === JSON.stringify(got) ? 0 : 1);
});
test('order in a list counts', () => {
  assert.equal(differences({ data: ['a', 'b'] }, { data: ['b', 'a'] }).length, 2);
});
test('a volatile status may be any', () => {
  assert.equal(judge(line(recorded, { volatile: ['$status'] }), answer(recorded, 201)).verdict, 'passed');
});
test('a body that was not kept is judged by its status alone, and says so', () => {
  assert.deepEqual(judge(line({ $omitted: 99 }), answer({ data: 1 })), { verdict: 'passed', statusOnly: true });
  assert.equal(judge(line({ $omitted: 99 }), answer({ data: 1 }, 404)).verdict, 'differs');
});
test('binary bodies: JSON or nothing in their place differs', () => {
  const want = line({ $binary: { length: 3, sha256: 'x' } });
  assert.equal(judge(want, { status: 200, body: 'PK\u0003', raw: Buffer.from('PK3') }).verdict, 'passed');
  assert.equal(judge(want, { status: 200, body: { data: 1 }, raw: Buffer.from('{}') }).verdict, 'differs');
  assert.equal(judge(want, { status: 200, body: '', raw: Buffer.alloc(0) }).verdict, 'differs');
});
test('a recorded 500 for a mistake of the caller may be a 4xx, never a 200', () => {
  const mistake = { response: { status: 500, body: { errors: [{ message: 'x' }] } } };
  const refusal = { errors: [{ message: 'y' }] };
  for (const status of [400, 404, 409, 413, 415, 422]) assert.equal(judge(mistake, answer(refusal, status)).verdict, 'passed', `${status}`);
  for (const status of [200, 204, 302, 401, 403, 429, 503, 0]) assert.equal(judge(mistake, answer(refusal, status)).verdict, 'differs', `${status}`);
  assert.equal(judge(mistake, answer('Not Found', 404)).verdict, 'differs', 'an action that is not there');
  assert.equal(judge({ response: { ...mistake.response, status: 400 } }, answer(refusal, 404)).verdict, 'differs', 'only a 500 may become another');
});
test('from 400 on the status decides and wording is counted apart', () => {
  const refused = { response: { status: 401, body: { errors: [{ message: 'a' }] } } };
  assert.deepEqual(judge(refused, answer({ errors: [{ message: 'b' }] }, 401)), { verdict: 'passed', wording: false });
});
test('long repeated texts are compared by content', () => {
  assert.deepEqual(differences({ $repeat: 'y', times: 3 }, 'yyy'), []);
  assert.equal(differences({ $repeat: 'y', times: 3 }, 'yy').length, 1);
});
