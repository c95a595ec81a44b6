// The fuzzing itself: it must see each kind of misbehaviour, and choose the same bytes again for the same seed.
import assert from 'node:assert/strict';
import net from 'node:net';
import test from 'node:test';
import { Random } from '../lib/random.mjs';
import { deliver } from './deliver.mjs';
import { planRequest } from './plan.mjs';
import { groupErrors, shownBytes, statusTable } from './report.mjs';

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const json = (status, body, more = '') => { const text = JSON.stringify(body); return `HTTP/1.1 ${status} X\r\nContent-Type: application/json\r\nContent-Length: ${text.length}\r\n${more}\r\n${text}`; };

/** Delivers one plan to a server that answers every first packet in this way. */
async function against(t, behave, plan = {}) {
  const server = net.createServer({ allowHalfOpen: true }, (socket) => { socket.on('error', () => {}); socket.once('data', () => behave(socket)); });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  t.after(() => server.close());
  return deliver(server.address().port, { kind: 'x', index: 0, method: 'GET', bytes: Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'), answers: 1, ...plan }, 300);
}

test('an answer is counted, nothing is found', async (t) => {
  assert.deepEqual(await against(t, (socket) => socket.end(ok)), { statuses: [200], errors: [], fault: null });
  assert.deepEqual((await against(t, (socket) => socket.end(ok + ok), { answers: 2 })).statuses, [200, 200]);
  assert.deepEqual((await against(t, (socket) => socket.end(ok + ok), { answers: null })).statuses, [200, 200]);
});
test('silence is a hang, for whole and for broken requests', async (t) => {
  for (const answers of [1, null]) assert.match((await against(t, () => {}, { answers })).fault, /^hang/);
  assert.match((await against(t, (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab'))).fault, /^hang/);
  assert.match((await against(t, (socket) => socket.write(ok), { answers: 2 })).fault, /^hang/);
});
test('a whole request that gets no answer is a fault, a broken one may be dropped', async (t) => {
  assert.match((await against(t, (socket) => socket.end())).fault, /without an answer/);
  assert.match((await against(t, (socket) => socket.destroy())).fault, /without an answer/);
  assert.deepEqual(await against(t, (socket) => socket.end(), { answers: null }), { statuses: ['closed'], errors: [], fault: null });
});
test('an answer that is no HTTP is a fault', async (t) => {
  assert.match((await against(t, (socket) => socket.end('HTTP/1.1 2OO\r\n\r\n'))).fault, /not an HTTP answer/);
  assert.match((await against(t, (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab'))).fault, /inside a body/);
});
test('a 500 needs an id and its code', async (t) => {
  const error = { message: 'Internal Server Error', code: 'INTERNAL_ERROR' };
  assert.equal((await against(t, (socket) => socket.end(json(500, { errors: [{ ...error, id: 'a-1' }] })))).fault, null);
  const byHeader = await against(t, (socket) => socket.end(json(500, { errors: [error] }, 'X-Request-Id: a-2\r\n')));
  assert.deepEqual([byHeader.fault, byHeader.errors[0].id], [null, 'a-2']);
  for (const body of [{ errors: [error] }, { errors: [{ message: 'x', id: 'a-1' }] }, {}]) assert.match((await against(t, (socket) => socket.end(json(500, body)))).fault, /500 without an error id/);
});
test('nobody there is a fault', async () => {
  const plan = { method: 'GET', bytes: Buffer.from('x'), answers: null };
  assert.match((await deliver(1, plan, 300)).fault, /nobody listens/);
});

const seeds = [
  { method: 'GET', target: '/api/posts:list?filter=%7B%22id%22:1%7D&sort=-id', headers: [['Host', 'x'], ['authorization', 'Bearer x']] },
  { method: 'POST', target: '/api/posts:create', headers: [['Host', 'x'], ['content-type', 'application/json']], body: '{"title":"a","tags":[1,{"id":2}]}', json: { title: 'a', tags: [1, { id: 2 }] } },
];
const withoutToken = (plan) => plan.bytes.toString('latin1').replace(/Bearer [\w.-]+/g, 'Bearer');

test('the same seed and index choose the same bytes, another seed others', () => {
  const repeatable = (plan) => !['bytes', 'pipelined', 'headers'].includes(plan.kind);  // these cut into the token, which holds the time
  let same = 0, other = 0;
  for (let i = 0; i < 300; ++i) {
    const one = planRequest(7, i, seeds), two = planRequest(7, i, seeds);
    assert.equal(one.kind, two.kind);
    if (repeatable(one)) { assert.equal(withoutToken(one), withoutToken(two)); ++same; }
    if (withoutToken(planRequest(8, i, seeds)) !== withoutToken(one)) ++other;
  }
  assert.ok(same > 150 && other > 280, `${same} ${other}`);
});
test('every kind of mutation is made, and what claims to be whole has its length right', () => {
  const kinds = new Set();
  for (let i = 0; i < 2000; ++i) {
    const plan = planRequest(3, i, seeds);
    kinds.add(plan.kind);
    if (plan.answers !== 1) continue;
    const text = plan.bytes.toString('latin1'), end = text.indexOf('\r\n\r\n') + 4;
    const lengths = [...text.slice(0, end).matchAll(/^content-length: (\d+)\r$/gim)];
    assert.ok(lengths.length <= 1, text.slice(0, 300));
    assert.equal(text.length - end, Number(lengths[0]?.[1] ?? 0));
    assert.equal(text.slice(0, end).split('\r\n')[0].split(' ').length, 3, text.slice(0, 300));
  }
  assert.deepEqual([...kinds].sort(), ['bytes', 'chunked', 'head', 'headers', 'json', 'multipart', 'pipelined', 'target']);
});
test('random numbers are spread and repeat', () => {
  const numbers = (seed, stream) => { const random = new Random(seed, stream); return Array.from({ length: 1000 }, () => random.below(10)); };
  assert.deepEqual(numbers(1, 1), numbers(1, 1));
  assert.notDeepEqual(numbers(1, 1), numbers(1, 2));
  for (let digit = 0; digit < 10; ++digit) assert.ok(numbers(5, 9).filter((n) => n === digit).length > 60);
});
test('findings can be read and repeated', () => {
  assert.equal(shownBytes(Buffer.from('a\r\n\u0000é', 'latin1')), '"a\\r\\n\\u0000\\u00e9"');
  const plan = { index: 513, kind: 'json', bytes: Buffer.from('x') };
  const errors = [1, 2].map((n) => ({ plan, error: { id: `id-${n}`, text: '{}' } }));
  const groups = groupErrors(errors, '{"requestId":"id-1","reason":"row 17 broke"}\n{"requestId":"id-2","reason":"row 18 broke"}\n');
  assert.deepEqual(groups.map((group) => group.count), [2]);
  assert.match(statusTable({ json: { 200: 3, 400: 1 }, head: { 400: 2 } }), /^answers  200  400\nhead            2\njson       3    1\nall        3    3$/);
});
