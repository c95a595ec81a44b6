import assert from 'node:assert/strict';
import {test} from 'node:test';
import {defineBlog, fillBlog} from '../lib/blog.mjs';
import {data, refused, root, signedIn} from '../lib/client.mjs';
import {fresh} from '../lib/fresh.mjs';

// Each line: a filter on posts 1 to 5, and the ids that it finds.
const cases = {
  equality: [
    [{title: 'Alpha one'}, [1]], [{views: 10}, [1]], [{views: {$eq: [10, 30]}}, [1, 3]], [{status: ['draft', 'archived']}, [2, 3, 5]],
    [{title: {$eq: `O'Hara "quoted" \\ back`}}, [5]], [{views: null}, [5]], [{views: {$ne: null}}, [1, 2, 3, 4]],
    [{views: {$ne: 10}}, [2, 3, 4, 5]], [{'title.$eq': 'Alpha one'}, [1]], [{id: {$in: []}}, []], [{status: {$notIn: ['draft']}}, [1, 3, 4]],
  ],
  text: [
    [{title: {$includes: 'ALPHA'}}, [1]], [{title: {$includes: '%'}}, [2]], [{title: {$includes: '_'}}, [3]],
    [{title: {$includes: ['alpha', 'beta']}}, [1, 2]],
    [{title: {$notIncludes: 'ta'}}, [1, 3, 5]], [{title: {$startsWith: 'del'}}, [4]], [{title: {$endWith: 'ONE'}}, [1]],
    [{title: {$includes: `' OR '1'='1`}}, []], [{title: {$empty: true}}, []], [{title: {$notEmpty: true}}, [1, 2, 3, 4, 5]],
  ],
  numbers: [
    [{views: {$gt: 10}}, [2, 3]], [{views: {$gte: 10, $lt: 30}}, [1, 2]], [{views: {$lte: 0}}, [4]], [{score: {$lt: 0}}, [3]],
    [{score: {$gt: 1.5}}, [2]], [{views: {$between: [10, 20]}}, [1, 2]], [{views: {$empty: true}}, [5]],
  ],
  booleans: [[{published: {$isTruly: true}}, [1, 3]], [{published: {$isFalsy: true}}, [2, 4, 5]], [{published: true}, [1, 3]]],
  dates: [
    [{publishedAt: {$dateOn: '2024-01-15'}}, [1]], [{publishedAt: {$dateOn: '2024-02'}}, [2]], [{publishedAt: {$dateOn: '2024Q1'}}, [1, 2, 3]],
    [{publishedAt: {$dateBefore: '2024-02-20'}}, [1]], [{publishedAt: {$dateNotBefore: '2024-02-20'}}, [2, 3, 5]],
    [{publishedAt: {$dateAfter: '2024-02-20'}}, [3, 5]], [{publishedAt: {$dateNotAfter: '2024-02-20'}}, [1, 2]],
    [{publishedAt: {$dateBetween: ['2024-01-01', '2024-02-28']}}, [1, 2]], [{publishedAt: {$dateOn: '2024-02-21+08:00'}}, [2]],
    [{publishedAt: {$gt: '2024-03-01T00:00:00.000Z'}}, [3, 5]], [{day: '2024-02-20'}, [2]], [{day: {$dateBefore: '2024-02-20'}}, [1]],
    [{createdAt: {$dateOn: {type: 'past', number: 3, unit: 'day'}}}, []],
  ],
  groups: [
    [{$and: [{status: 'draft'}, {views: 20}]}, [2]], [{$or: [{status: 'archived'}, {views: 20}]}, [2, 3]], [{$or: []}, [1, 2, 3, 4, 5]],
    [{$and: [{$or: [{id: 1}, {id: 2}]}, {$or: [{status: 'draft'}, {status: 'archived'}]}]}, [2]],
    [{status: 'published', $or: [{views: 0}, {views: 99}]}, [4]], [{$not: [{status: 'draft'}]}, [1, 3, 4]],
  ],
  associations: [
    [{'author.name': 'Ann'}, [1, 2]], [{author: {name: 'Ann'}}, [1, 2]], [{author: {age: {$gt: 35}}}, [3]], [{'author.name': null}, [4, 5]],
    [{authorId: 1}, [1, 2]], [{'author.id.$exists': true}, [1, 2, 3]], [{'author.id.$notExists': true}, [4, 5]],
    [{'tags.name': {$in: ['red', 'green']}}, [1, 2]], [{tags: {color: '#00f'}}, [5]], [{'comments.content.$includes': 'nice'}, [1]],
    [{'comments.writer.name': 'Bob'}, [1]], [{'author.posts.title': 'Beta 100%'}, [1, 2]],
    [{$or: [{'author.name': 'Bob'}, {'tags.name': 'blue'}]}, [3, 5]], [{$and: [{'author.name': 'Ann'}, {'tags.name': 'red'}]}, [1]],
  ],
};

test('filters', async t => {
  const {url, api} = await fresh(t);
  await defineBlog(api);
  await fillBlog(api);
  const find = async (filter, through = api) => {
    const found = await data(through.resource('posts').list({filter, sort: ['id'], fields: ['id'], paginate: false}));
    return found.map(p => p.id);
  };

  for (const [group, lines] of Object.entries(cases)) {
    await t.test(group, async () => {
      for (const [filter, ids] of lines) assert.deepEqual(await find(structuredClone(filter)), ids, JSON.stringify(filter));
    });
  }

  await t.test('a page counts each record once, however many of its children match', async () => {
    const {data: page} = await api.resource('posts').list({filter: {'tags.id': {$gte: 1}}, sort: ['id'], page: 1, pageSize: 2});
    assert.deepEqual(page.data.map(p => p.id), [1, 2]);
    assert.equal(page.meta.count, 3);
  });

  await t.test("the client's time zone moves the day", async () => {
    const east = await signedIn(url, root, {'X-Timezone': '+08:00'});
    const west = await signedIn(url, root, {'X-Timezone': '-05:00'});
    assert.deepEqual(await find({publishedAt: {$dateOn: '2024-02-21'}}, east), [2]);
    assert.deepEqual(await find({publishedAt: {$dateOn: '2024-02-20'}}, east), []);
    assert.deepEqual(await find({publishedAt: {$dateOn: '2024-02-20'}}, west), [2]);
    assert.deepEqual(await find({publishedAt: {$dateOn: '2025-01-01'}}, east), [5]);
    assert.deepEqual(await find({day: {$dateOn: '2024-02-20'}}, east), [2], 'a date without a time has no zone');
  });

  await t.test('variables stand for the current user', async () => {
    assert.deepEqual(await find({'author.id': {$eq: '{{$user.id}}'}}), [1, 2]);
    assert.deepEqual(await find({title: '{{$nosuch.x}}'}), []);
  });

  await t.test('filter and key hold together', async () => {
    assert.equal((await data(api.resource('posts').get({filterByTk: 1, filter: {status: 'published'}}))).id, 1);
    assert.equal(await data(api.resource('posts').get({filterByTk: 1, filter: {status: 'draft'}})), null);
  });

  await t.test('what cannot be filtered is refused', async () => {
    assert.equal((await refused(find({nosuch: 1}))).status, 400);
    assert.equal((await refused(find({'title" OR 1=1 --': 'x'}))).status, 400);
    for (const filter of [{'author.nosuch': 1}, {title: {$nosuchop: 1}}, {publishedAt: {$dateOn: ''}}]) {
      const {status} = await refused(find(filter));
      assert.ok(status >= 400 && status <= 500, `${JSON.stringify(filter)}: ${status}`);
    }
  });
});
