// Drills: jobs and a schedule whose effects are counted, through two nodes.
import assert from 'node:assert/strict';
import test from 'node:test';
import { openFleet, rootOf, until } from './fleet.mjs';

const keys = (from, count) => Array.from({ length: count }, (_, i) => `job-${String(from + i).padStart(3, '0')}`);

test('jobs take effect once, due times are fired once, whichever node is asked', async (t) => {
  const fleet = openFleet(t);
  const [one, two] = await Promise.all([await rootOf(await fleet.start()), await rootOf(await fleet.start())]);
  await one.data('POST', '/api/fleet:startDrill', { name: 'rehearsal', cron: '* * * * * *', seconds: 60 });
  for (const [i, client] of [one, two, one, two].entries()) await client.data('POST', '/api/fleet:publishDrill', { name: 'rehearsal', keys: keys(i * 25, 25) });
  let all = [];
  await until('all jobs have taken effect, and three due times were fired', async (tell) => {
    all = await two.data('GET', '/api/fleet:drillJobs?name=rehearsal');
    tell(all.length);
    return all.filter(({ due, effects }) => due === null && effects > 0).length === 100 && all.filter(({ due }) => due !== null).length >= 3;
  });
  const jobs = all.filter(({ due }) => due === null), fired = all.filter(({ due }) => due !== null);
  assert.deepEqual(jobs.map(({ key }) => key), keys(0, 100));
  for (const { key, attempts, effects } of jobs) assert.deepEqual([key, attempts >= 1, effects], [key, true, 1]);
  assert.equal(new Set(fired.map(({ due }) => due)).size, fired.length, 'a due time was fired twice');
  for (const { due } of fired) assert.equal(due % 1_000, 0);
  assert.equal((await one.data('GET', '/api/fleet:drillJobs?name=rehearsal&after=job-098'))[0].key, 'job-099');

  await two.data('POST', '/api/fleet:endDrill', { name: 'rehearsal' });
  assert.deepEqual(await one.data('GET', '/api/fleet:drillJobs?name=rehearsal'), []);
  assert.equal((await one.post('/api/fleet:publishDrill', { name: 'rehearsal', keys: ['late'] })).status, 404);
});

test('a drill ends by itself', async (t) => {
  const root = await rootOf(await openFleet(t).start());
  // The due times of another one are the clock.
  await root.data('POST', '/api/fleet:startDrill', { name: 'clock', cron: '* * * * * *', seconds: 60 });
  await root.data('POST', '/api/fleet:startDrill', { name: 'short', cron: '* * * * * *', seconds: 2 });
  const dueTimes = async (name) => (await root.data('GET', `/api/fleet:drillJobs?name=${name}`)).map(({ due }) => due).sort((a, b) => a - b);
  await until('it has fired', async () => (await dueTimes('short')).length > 0);
  let published = 0;
  await until('it is over', async () => (await root.post('/api/fleet:publishDrill', { name: 'short', keys: [`late-${++published}`] })).status === 404);
  const over = (await dueTimes('clock')).at(-1);
  await until('four more seconds were due', async () => (await dueTimes('clock')).at(-1) >= over + 4_000);
  const last = (await dueTimes('short')).at(-1);
  assert.ok(last <= over + 2_000, `fired for ${last}, over at ${over}`);
});

test('bad input is refused by name, and only root may', async (t) => {
  const node = await openFleet(t).start();
  const root = await rootOf(node);
  const says = async (action, body, status, text) => {
    const answer = await root.post(`/api/fleet:${action}`, body);
    assert.equal(answer.status, status, `${action} ${JSON.stringify(body).slice(0, 80)}: ${answer.text}`);
    assert.ok(answer.text.includes(text), answer.text);
  };
  await says('startDrill', { name: '', seconds: 5 }, 400, 'name: takes 1 to 64 bytes');
  await says('startDrill', { name: 'x'.repeat(65), seconds: 5 }, 400, 'name: takes 1 to 64 bytes');
  await says('startDrill', { name: 'x' }, 400, 'seconds: takes');
  await says('startDrill', { name: 'x', seconds: 99_999 }, 400, 'seconds: takes 1 to 14400');
  await says('startDrill', { name: 'x', seconds: 5, cron: 'now and then' }, 400, 'now and then');
  await says('publishDrill', { name: 'x', keys: ['a'] }, 404, 'no drill \\"x\\" runs');
  await root.data('POST', '/api/fleet:startDrill', { name: 'x', seconds: 60 });
  await says('startDrill', { name: 'x', seconds: 60 }, 409, 'already');
  await says('publishDrill', { name: 'x' }, 400, 'keys: takes');
  await says('publishDrill', { name: 'x', keys: [1] }, 400, 'keys: takes');
  await says('publishDrill', { name: 'x', keys: Array.from({ length: 101 }, (_, i) => `${i}`) }, 400, 'keys: takes 1 to 100');
  await root.data('POST', '/api/fleet:publishDrill', { name: 'x', keys: ['a'] });
  await says('publishDrill', { name: 'x', keys: ['b', 'a'] }, 409, 'one of them is taken');
  const there = (await root.data('GET', '/api/fleet:drillJobs?name=x')).map(({ key }) => key);
  assert.deepEqual(there, ['a'], 'all of a call or none');

  await root.data('POST', '/api/users:create', { username: 'member', password: 'member-pass-1', roles: ['member'] });
  const member = await rootOf(node);
  await member.signIn('member', 'member-pass-1');
  for (const action of ['startDrill', 'publishDrill', 'endDrill']) assert.equal((await member.post(`/api/fleet:${action}`, { name: 'x' })).status, 403, action);
  assert.equal((await member.get('/api/fleet:drillJobs?name=x')).status, 403);
});

test('an answer says which node gave it to whom asks', async (t) => {
  const node = await openFleet(t).start();
  const root = await rootOf(node);
  const [{ id }] = await root.data('GET', '/api/fleet:nodes');
  for (const path of ['/readyz', '/api/app:getInfo', '/api/no-such:thing']) {
    assert.equal((await root.get(path, { 'x-flotilla-node': '?' })).headers['x-flotilla-node'], id, path);
    assert.equal((await root.get(path)).headers['x-flotilla-node'], undefined, path);
  }
});
