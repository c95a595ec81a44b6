import assert from 'node:assert/strict';
import {test} from 'node:test';
import {defineBlog, fillBlog} from '../lib/blog.mjs';
import {client, data, refused} from '../lib/client.mjs';
import {fresh} from '../lib/fresh.mjs';

test('errors say who is to blame and for what', async t => {
  const {url, api} = await fresh(t);
  await defineBlog(api);
  await fillBlog(api);
  const posts = api.resource('posts');

  await t.test('401 without a token, also where the record does not exist', async () => {
    const answer = await refused(client(url).resource('posts').get({filterByTk: 999}));
    assert.deepEqual([answer.status, answer.code], [401, 'EMPTY_TOKEN']);
  });

  await t.test('404 for unknown resources and actions, with and without a token', async () => {
    for (const through of [api, client(url)]) {
      assert.deepEqual(await refused(through.resource('nosuch').list()).then(a => [a.status, a.body]), [404, 'Not Found']);
      assert.equal((await refused(through.resource('posts').nosuch())).status, 404);
    }
    const association = await refused(api.resource('posts.nosuch', 1).list());
    assert.ok(association.status >= 400 && association.status < 500, `posts.nosuch: ${association.status}`);
  });

  await t.test('400 names the field that must not be empty', async () => {
    for (const values of [{}, {title: null}, {views: 1}]) {
      const answer = await refused(posts.create({values}));
      assert.equal(answer.status, 400);
      assert.match(answer.message, /Title/);
    }
    assert.match((await refused(posts.update({filterByTk: 1, values: {title: null}}))).message, /Title/);
  });

  await t.test('400 names the field that exists already', async () => {
    const answer = await refused(api.resource('tags').create({values: {name: 'red'}}));
    assert.equal(answer.status, 400);
    assert.match(answer.message, /Name/);
    assert.match((await refused(api.resource('authors').create({values: {name: 'X', email: 'ann@example.com'}}))).message, /Email/);
    assert.match((await refused(api.resource('tags').update({filterByTk: 2, values: {name: 'red'}}))).message, /Name/);
    assert.equal((await data(api.resource('tags').get({filterByTk: 2}))).name, 'green');
  });

  await t.test('values of a wrong kind are refused and not stored', async () => {
    for (const values of [{views: 'abc'}, {publishedAt: 'not a date'}, {day: 'nope'}, {author: [1, 2]}]) {
      const {status} = await refused(posts.create({values: {title: 'wrong', ...values}}));
      assert.ok(status >= 400 && status <= 500, `${JSON.stringify(values)}: ${status}`);
    }
    assert.deepEqual(await data(posts.list({filter: {title: 'wrong'}})), []);
  });

  await t.test('403 for what nobody may do', async () => {
    assert.equal((await refused(api.resource('roles').destroy({filterByTk: 'root'}))).status, 403);
  });

  await t.test('broken JSON is 400, and the connection goes on', async () => {
    const broken = Buffer.from('{"title": "x"');
    const answer = await refused(api.request({url: 'posts:create', method: 'post', data: broken, headers: {'Content-Type': 'application/json'}}));
    assert.equal(answer.status, 400);
    assert.equal((await data(posts.list())).length, 5);
  });
});
