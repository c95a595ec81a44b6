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
test('a recorded 500 for a mistake of the caller may be a 4xx, never a 200', () => {
  const mistake = { response: { status: 500, body: { errors: [{ message: 'x' }] } } };
  assert.equal(judge(mistake, answer({ errors: [{ message: 'y' }] }, 400)).verdict, 'passed');
  assert.equal(judge(mistake, answer({ data: [] }, 200)).verdict, 'differs');
});
test('from 400 on the status decides and wording is counted apart', () => {
  const refused = { response: { status: 401, body: { errors: [{ message: 'a' }] } } };
  assert.deepEqual(judge(refused, answer({ errors: [{ message: 'b' }] }, 401)), { verdict: 'passed', wording: false });
});
test('long repeated texts are compared by content', () => {
  assert.deepEqual(differences({ $repeat: 'y', times: 3 }, 'yyy'), []);
  assert.equal(differences({ $repeat: 'y', times: 3 }, 'yy').length, 1);
});
