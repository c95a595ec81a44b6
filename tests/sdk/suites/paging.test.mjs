import assert from 'node:assert/strict';
import {test} from 'node:test';
import {data} from '../lib/client.mjs';
import {fresh} from '../lib/fresh.mjs';

test('paging and sorting', async t => {
  const {api} = await fresh(t);
  await api.resource('collections').create({values: {name: 'rows', fields: [
    {name: 'name', type: 'string', interface: 'input'}, {name: 'rank', type: 'integer', interface: 'integer'},
  ]}});
  const rows = api.resource('rows');
  // Ranks 0 to 4 and null, in turn: equal ones are told apart by id.
  await rows.create({values: Array.from({length: 45}, (_, i) => ({name: `row ${i + 1}`, rank: i % 6 === 5 ? null : i % 6}))});
  const ids = async params => (await data(rows.list({fields: ['id'], ...params}))).map(r => r.id);

  await t.test('20 rows a page when nothing is said', async () => {
    const {data: page} = await rows.list();
    assert.equal(page.data.length, 20);
    assert.deepEqual(page.meta, {count: 45, page: 1, pageSize: 20, totalPage: 3});
  });

  await t.test('pages together are everything, once', async () => {
    const all = [];
    for (let page = 1; page <= 7; ++page) all.push(...await ids({page, pageSize: 7, sort: ['id']}));
    assert.deepEqual(all, Array.from({length: 45}, (_, i) => i + 1));
    const {data: beyond} = await rows.list({page: 8, pageSize: 7});
    assert.deepEqual(beyond.data, []);
    assert.deepEqual([beyond.meta.count, beyond.meta.page], [45, 8]);
  });

  await t.test('without paging there is no meta', async () => {
    const {data: everything} = await rows.list({paginate: false});
    assert.equal(everything.data.length, 45);
    assert.equal(everything.meta, undefined);
  });

  await t.test('sort up and down, nulls last both ways, id breaks ties', async () => {
    const plain = Array.from({length: 45}, (_, i) => ({id: i + 1, rank: i % 6 === 5 ? null : i % 6}));
    const up = (a, b) => (a.rank === b.rank ? a.id - b.id : (a.rank ?? Infinity) - (b.rank ?? Infinity));
    assert.deepEqual(await ids({sort: ['rank'], paginate: false}), plain.toSorted(up).map(r => r.id));
    const down = (a, b) => (a.rank === b.rank ? a.id - b.id : (b.rank ?? -Infinity) - (a.rank ?? -Infinity));
    assert.deepEqual(await ids({sort: ['-rank'], paginate: false}), plain.toSorted(down).map(r => r.id));
    assert.deepEqual(await ids({sort: '-rank,-id', pageSize: 3}), [41, 35, 29]);
    assert.deepEqual(await ids({sort: ['-id'], pageSize: 3}), [45, 44, 43]);
  });

  await t.test('by a field of an association', async () => {
    await api.resource('collections').create({values: {name: 'owners', fields: [{name: 'name', type: 'string', interface: 'input'}]}});
    const owner = {name: 'owner', type: 'belongsTo', interface: 'm2o', target: 'owners', foreignKey: 'ownerId'};
    await api.resource('collections.fields', 'rows').create({values: owner});
    await api.resource('owners').create({values: [{name: 'zoe'}, {name: 'adam'}]});
    await rows.update({filter: {id: {$in: [1, 2]}}, values: {owner: 1}});
    await rows.update({filterByTk: 3, values: {owner: 2}});
    assert.deepEqual(await ids({sort: ['owner.name'], pageSize: 4}), [3, 1, 2, 4]);
  });
});
