// How requests are decided, through a real server: strategies, grants, snippets, associations, unions, rows and fields.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { makeCollection, openWorld, query, statusOf } from './world.mjs';

for (const dialect of (process.env.DIALECTS ?? 'sqlite,postgres').split(',')) {
  describe(dialect, () => {
    let world, root;
    const ids = (rows) => rows.map((row) => row.id);
    before(async () => { world = await openWorld({ dialect }); root = world.root; });
    after(() => world?.stop());

    test('a strategy speaks of every collection that has no grants of its own', async () => {
      await world.role('viewer', { strategy: { actions: ['view'] } });
      const client = await world.user('viewer');
      assert.deepEqual(ids(await client.data('GET', '/api/posts:list?sort=id')), [1, 2, 3]);
      assert.equal(await statusOf(client, 'POST', '/api/posts:create', { title: 'x' }), 403);
      assert.equal(await statusOf(client, 'GET', '/api/storages:list'), 403);
      assert.equal(await statusOf(client, 'GET', '/api/authenticators:list'), 403);
      await world.grant('viewer', 'posts', { create: { fields: ['title'] } });
      assert.equal(await statusOf(client, 'GET', '/api/posts:list'), 403, 'grants of its own decide alone');
      assert.equal((await client.data('POST', '/api/posts:create', { title: 'made', views: 9 })).views, null);
      await root.data('POST', `/api/roles/viewer/dataSourceResources:update?${query({ filter: { dataSourceKey: 'main', name: 'posts' } })}`, { usingActionsConfig: false });
      assert.equal(await statusOf(client, 'GET', '/api/posts:list'), 200, 'without them the strategy counts again');
    });

    test('own means the creator; a collection without one is refused', async () => {
      await world.role('owner', { strategy: { actions: ['create', 'view:own', 'update:own', 'destroy:own'] } });
      const client = await world.user('owner');
      const mine = await client.data('POST', '/api/posts:create', { title: 'mine', status: 'draft' });
      assert.deepEqual(ids(await client.data('GET', '/api/posts:list')), [mine.id]);
      assert.equal(await client.data('GET', '/api/posts:get/1'), null);
      assert.deepEqual(await client.data('POST', '/api/posts:update?filterByTk=1', { title: 'hacked' }), []);
      assert.equal((await client.data('POST', `/api/posts:update?filterByTk=${mine.id}`, { title: 'mine 2' }))[0].title, 'mine 2');
      assert.equal(await statusOf(client, 'POST', '/api/posts:destroy?filterByTk=1'), 403);
      assert.equal(await client.data('POST', `/api/posts:destroy?${query({ filter: { id: { $gt: 0 } } })}`), 1, 'a filter finds only what is theirs');
      assert.equal(await statusOf(client, 'GET', '/api/tags:list'), 403);
      const other = await client.data('POST', '/api/posts:create', { title: 'not theirs', createdById: 1, createdBy: 1 });
      assert.equal(other.createdById, client.id, 'whose a record is, is not for the client to say');
      await client.data('POST', `/api/posts:update?filterByTk=${other.id}`, { createdById: 1, createdBy: { id: 1 } });
      assert.equal((await root.data('GET', `/api/posts:get/${other.id}`)).createdById, client.id);
      assert.equal(await statusOf(client, 'POST', '/api/tags:destroy?filterByTk=1'), 403);
    });

    test('rows and fields of a grant', async () => {
      await world.role('limited', { grants: { posts: { view: { fields: ['title', 'author'], scope: { status: 'draft' } }, update: { fields: ['title'], scope: { status: 'draft' } } } } });
      const client = await world.user('limited');
      const rows = await client.data('GET', '/api/posts:list?sort=id');
      assert.deepEqual(ids(rows), [1, 3]);
      assert.deepEqual(Object.keys(rows[0]).sort(), ['createdAt', 'createdById', 'id', 'title', 'updatedAt']);
      assert.deepEqual(await client.data('GET', '/api/posts:list?sort=id&fields=id,views,title&pageSize=1'), [{ id: 1, title: 'one' }]);
      assert.equal(await client.data('GET', '/api/posts:get/2'), null);
      assert.deepEqual(await client.data('POST', '/api/posts:update?filterByTk=2', { title: 'x' }), []);
      await client.data('POST', '/api/posts:update?filterByTk=1', { title: 'one!', views: 777 });
      const changed = await root.data('GET', '/api/posts:get/1');
      assert.deepEqual([changed.title, changed.views], ['one!', 10]);
      assert.equal(await statusOf(client, 'POST', '/api/posts:update', [{ id: 2, title: 'x' }]), 403, 'a list of records names each by key');
      assert.deepEqual((await client.data('POST', '/api/posts:query', { measures: [{ field: ['id'], aggregation: 'count', alias: 'c' }] })), [{ c: 2 }]);
    });

    test('a field that may not be read cannot be found out either', async () => {
      await world.role('blind', { strategy: { actions: ['view'] }, grants: { posts: { view: { fields: ['title', 'author', 'tags'] }, update: { fields: ['title'] }, create: { fields: ['title'] } }, authors: { view: { fields: ['name'] } }, comments: {} } });
      const client = await world.user('blind');
      const refused = async (method, path, body) => {
        const answer = await client.request(method, path, body);
        assert.equal(answer.status, 403, `${method} ${path} ${answer.text}`);
        return answer.body.errors[0].message;
      };
      assert.match(await refused('GET', `/api/posts:list?${query({ filter: { views: { $gt: 0 } } })}`), /"views" of "posts"/);
      assert.match(await refused('GET', `/api/posts:list?${query({ filter: { $or: [{ title: 'a' }, { author: { secret: 's1' } }] } })}`), /"secret" of "authors"/);
      await refused('GET', `/api/posts:get?${query({ filter: { 'author.secret.$includes': 's' } })}`);
      await refused('GET', '/api/posts:list?sort=-views');
      await refused('GET', '/api/posts:list?sort=author.secret');
      await refused('GET', `/api/posts:list?${query({ filter: { comments: { $exists: true } } })}`);
      await refused('GET', `/api/authors:list?${query({ filter: { secret: 's1' } })}`);
      await refused('POST', `/api/posts:update?${query({ filter: { views: 10 } })}`, { title: 'x' });
      await refused('POST', '/api/posts:query', { measures: [{ field: ['views'], aggregation: 'sum' }] });
      await refused('POST', '/api/posts:query', { measures: [{ field: ['id'], aggregation: 'count' }], filter: { views: 10 } });
      await refused('POST', '/api/posts:query', { measures: [{ field: ['id'], aggregation: 'count', alias: 'n' }], dimensions: [{ field: ['title'] }], orders: [{ field: ['views'] }] });
      await refused('POST', '/api/posts:updateOrCreate?filterKeys[]=views', { title: 'x', views: 10 });
      await refused('GET', `/api/posts:get?${query({ filterByTk: { views: 10 } })}`);
      await refused('GET', `/api/posts/${encodeURIComponent(JSON.stringify({ views: 10 }))}/tags:list`);
      await refused('POST', '/api/posts:move?sourceId[views]=10&targetId=1');
      const [row] = await client.data('GET', `/api/posts:list?sort=id&pageSize=1&appends=author,comments,tags`);
      assert.deepEqual(Object.keys(row.author).sort(), ['createdAt', 'id', 'name', 'updatedAt']);
      assert.equal('comments' in row, false);
      assert.deepEqual(row.tags.map((tag) => tag.name), ['red', 'green']);
      assert.equal(await statusOf(client, 'GET', `/api/posts:list?${query({ filter: { 'author.name': 'Ann' } })}`), 200);
    });

    test('records behind an association are those in view', async () => {
      await world.role('half', { strategy: { actions: ['view'] }, grants: { tags: { view: { fields: ['name'], scope: { name: { $ne: 'green' } } } }, authors: { view: { fields: ['name'], scope: { name: 'Ann' } } } } });
      const client = await world.user('half');
      const rows = await client.data('GET', '/api/posts:list?sort=id&pageSize=2&appends=tags,author');
      assert.deepEqual(rows[0].tags.map((tag) => tag.name), ['red']);
      assert.deepEqual(rows.map((row) => row.author?.name ?? null), ['Ann', null]);
      assert.deepEqual(ids(await client.data('GET', `/api/posts:list?${query({ filter: { 'tags.name.$includes': 'e' } })}&sort=id`)), [1, 2]);
      assert.deepEqual(ids(await client.data('GET', `/api/posts:list?${query({ filter: { 'author.name': 'Ben' } })}`)), []);
      assert.deepEqual(await client.data('POST', '/api/posts:query', { measures: [{ field: ['author', 'name'], aggregation: 'max', alias: 'm' }] }), [{ m: 'Ann' }]);
    });

    test('a record that is only linked shows what a list would show of it, and its key', async () => {
      const posts = { view: { fields: ['title'] }, create: { fields: ['title', 'tags', 'author', 'comments'] }, update: { fields: ['title', 'tags', 'author', 'comments'] } };
      await world.role('blindLinker', { grants: { posts, tags: { view: { fields: ['name'], scope: { name: 'red' } } }, authors: {}, comments: {} } });
      const client = await world.user('blindLinker');
      const shown = (row) => row.tags.map((tag) => [tag.id, tag.name]);
      const made = await client.data('POST', '/api/posts:create', { title: 'linked', tags: [1, { id: 2 }], author: { id: 1 }, comments: [] });
      assert.deepEqual([shown(made), made.comments], [[[1, 'red'], [2, undefined]], []]);
      const [changed] = await client.data('POST', `/api/posts:update?filterByTk=${made.id}&updateAssociationValues[]=author`, { tags: [2, 1], author: { id: 1 } });
      assert.deepEqual(shown(changed), [[2, undefined], [1, 'red']]);
      assert.equal(JSON.stringify([made, changed]).includes('s1'), false);
      await root.data('POST', `/api/posts:destroy?filterByTk=${made.id}`);
    });

    test('a link to a record out of view is no link to a filter', async () => {
      await world.role('onlyRed', { strategy: { actions: ['view'] }, grants: { tags: { view: { fields: ['name'], scope: { name: 'red' } } } } });
      const client = await world.user('onlyRed');
      const found = async (filter) => ids(await client.data('GET', `/api/posts:list?sort=id&${query({ filter: { $and: [{ id: { $lte: 3 } }, filter] } })}`));
      assert.deepEqual(await found({ 'tags.name': { $empty: true } }), [2, 3]);
      assert.deepEqual(await found({ 'tags.name': { $ne: 'red' } }), [2, 3]);
      assert.deepEqual(await found({ 'tags.name': { $notEmpty: true } }), [1]);
    });

    test('who the current user is counts in the scope of a change of links, too', async () => {
      await world.role('ownLinker', { strategy: { actions: ['create'] }, grants: { posts: { create: { fields: ['title'] }, update: { fields: ['tags'], scope: { createdById: { $isCurrentUser: true } } } } } });
      const client = await world.user('ownLinker');
      const { id } = await client.data('POST', '/api/posts:create', { title: 'mine' });
      assert.equal(await statusOf(client, 'POST', `/api/posts/${id}/tags:add`, [1]), 200);
      assert.equal(await statusOf(client, 'POST', '/api/posts/1/tags:add', [3]), 403);
      await root.data('POST', `/api/posts:destroy?filterByTk=${id}`);
    });

    test('scopes reach over associations and name the user', async () => {
      await world.role('scoped', { grants: {
        posts: { view: { fields: ['title'], scope: { 'tags.name': { $in: ['red', 'blue'] } } } },
        comments: { view: { fields: ['content'], scope: { $or: [{ createdById: '{{ ctx.state.currentUser.id }}' }, { content: '{{$user.username}}' }, { content: '{{ $nRole }}' }, { content: '{{ $user.nosuch }}' }] } } },
      } });
      const client = await world.user('scoped');
      assert.deepEqual(ids(await client.data('GET', '/api/posts:list?sort=id')), [1, 2]);
      assert.equal((await client.get('/api/posts:list')).body.meta.count, 2);
      const [named] = await root.data('POST', '/api/comments:create', [{ content: client.username }, { content: 'scoped' }]);
      assert.deepEqual((await client.data('GET', '/api/comments:list?sort=id')).map((row) => row.content), [client.username, 'scoped']);
      assert.ok(named.id);
    });

    test('date scopes use the zone of the request', async () => {
      await makeCollection(root, 'events', [{ name: 'at', type: 'datetimeTz' }]);
      const now = new Date();
      const midnight = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()));
      // A moment of the day of UTC that is not one of the same day 12 hours away, whatever time it is now.
      const late = now.getUTCHours() >= 12, hours = 3_600_000;
      await root.data('POST', '/api/events:create', { at: new Date(midnight.getTime() + (late ? 1 : 23) * hours) });
      await world.role('today', { grants: { events: { view: { fields: ['at'], scope: { at: { $dateOn: { type: 'today' } } } } } } });
      const client = await world.user('today');
      assert.equal((await client.data('GET', '/api/events:list', undefined, { 'x-timezone': '+00:00' })).length, 1);
      const elsewhere = late ? '+12:00' : '-12:00';
      assert.equal((await client.data('GET', '/api/events:list', undefined, { 'x-timezone': elsewhere })).length, 0);
    });

    test('changes of links need update on the source record', async () => {
      await world.role('linker', { grants: { posts: { view: { fields: ['title', 'tags'] }, update: { fields: ['tags'], scope: { status: 'draft' } } } } });
      const client = await world.user('linker');
      assert.equal(await statusOf(client, 'POST', '/api/posts/1/tags:add', [3]), 200);
      assert.equal(await statusOf(client, 'POST', '/api/posts/1/tags:remove', [3]), 200);
      assert.equal(await statusOf(client, 'POST', '/api/posts/2/tags:add', [1]), 403, 'outside the scope');
      assert.equal(await statusOf(client, 'POST', '/api/posts/1/comments:set', []), 403, 'not in the list');
      await world.role('reader', { strategy: { actions: ['view'] } });
      assert.equal(await statusOf(await world.user('reader'), 'POST', '/api/posts/1/tags:add', [3]), 403);
      const roleTags = await root.data('GET', '/api/posts/1/tags:list?sort=id');
      assert.deepEqual(ids(roleTags), [1, 2]);
    });

    test('nested records are cut to what their own collections grant', async () => {
      await world.role('nester', { grants: { posts: { create: { fields: ['title', 'comments', 'tags', 'author'] }, update: { fields: ['comments', 'tags'] }, view: { fields: ['title', 'comments', 'tags'] } }, comments: { view: { fields: ['content'] }, update: { fields: ['content'], scope: { score: 1 } } } } });
      const client = await world.user('nester');
      const nested = { title: 'n', comments: [{ content: 'new' }, 1], tags: [{ id: 2, name: 'changed' }, { name: 'made' }], author: { name: 'nobody' } };
      const made = await client.data('POST', '/api/posts:create?updateAssociationValues[]=comments', nested);
      const read = (id) => root.data('GET', `/api/posts:get/${id}?appends=comments,tags,author`);
      let post = await read(made.id);
      assert.deepEqual(ids(post.comments), [1], 'a new child is dropped without create, an existing one linked');
      assert.deepEqual(post.tags.map((tag) => [tag.id, tag.name]), [[2, 'green']]);
      assert.equal(post.author, null);
      await client.data('POST', `/api/posts:update?filterByTk=${made.id}&updateAssociationValues[]=comments`, { comments: [{ id: 1, content: 'edited', score: 9 }, { id: 2, content: 'edited' }] });
      post = await read(made.id);
      assert.deepEqual(post.comments.map((c) => [c.content, c.score]), [['edited', 1], ['c2', 5]], 'fields and rows of the update grant');
      await client.data('POST', `/api/posts:update?filterByTk=${made.id}`, { tags: [] });
      assert.deepEqual((await read(made.id)).tags, []);
      await world.grant('nester', 'comments', { view: { fields: ['content'] }, create: { fields: ['content'] } });
      await client.data('POST', `/api/posts:update?filterByTk=${made.id}&updateAssociationValues[]=comments`, { comments: [{ content: 'new', score: 7, post: { title: 'deep' } }] });
      post = await read(made.id);
      assert.deepEqual(post.comments.map((c) => [c.content, c.score]), [['new', null]]);
    });

    test('finding and creating at once', async () => {
      await world.role('finder', { grants: { posts: { create: { fields: ['status'] }, view: { fields: ['title', 'views'] } } } });
      const client = await world.user('finder');
      const made = await client.data('POST', '/api/posts:updateOrCreate?filterKeys[]=title', { title: 'fresh', status: 'draft', views: 5 });
      assert.deepEqual([made.title, made.status, made.views], ['fresh', 'draft', null]);
      assert.equal(await statusOf(client, 'POST', '/api/posts:updateOrCreate?filterKeys[]=title', { title: 'fresh', status: 'published' }), 403, 'what is there already takes update');
      const found = await client.data('POST', '/api/posts:firstOrCreate?filterKeys[]=title', { title: 'fresh' });
      assert.deepEqual([found.id, 'views' in found, 'status' in found], [made.id, true, false]);
    });

    test('moving takes update on the record, and keeps its scope unless that may be written', async () => {
      await world.role('mover', { grants: { posts: { view: { fields: ['title', 'status'] }, update: { fields: ['title'], scope: { status: 'draft' } } } } });
      const client = await world.user('mover');
      assert.equal(await statusOf(client, 'POST', '/api/posts:move?sourceId=1&targetId=3'), 200);
      assert.equal(await statusOf(client, 'POST', '/api/posts:move?sourceId=2&targetId=1'), 403);
      assert.equal(await statusOf(client, 'POST', '/api/posts:move?sourceId=1&targetId=2'), 403);
      assert.equal((await root.data('GET', '/api/posts:get/1')).status, 'draft');
    });

    test('several roles at once', async () => {
      await world.role('drafts', { grants: { posts: { view: { fields: ['title'], scope: { status: 'draft' } } } } });
      await world.role('popular', { grants: { posts: { view: { fields: ['views'], scope: { views: { $gte: 20 } } } } } });
      const client = await world.user('drafts', 'popular');
      await root.data('POST', '/api/roles:setSystemRoleMode', { roleMode: 'allow-use-union' });
      const both = await client.data('GET', `/api/posts:list?sort=id&${query({ filter: { id: { $lte: 3 } } })}`, undefined, { 'x-role': '__union__' });
      assert.deepEqual(both.map((row) => [row.id, 'title' in row && 'views' in row]), [[1, true], [2, true], [3, true]]);
      assert.deepEqual(ids(await client.data('GET', `/api/posts:list?sort=id&${query({ filter: { id: { $lte: 3 } } })}`, undefined, { 'x-role': 'popular' })), [2, 3]);
      const check = await client.data('GET', '/api/roles:check', undefined, { 'x-role': '__union__' });
      assert.deepEqual(check.actions['posts:view'].filter, { $or: [{ status: 'draft' }, { views: { $gte: 20 } }] });
      await root.data('POST', '/api/roles:setSystemRoleMode', { roleMode: 'default' });
      assert.equal((await client.data('GET', '/api/roles:check', undefined, { 'x-role': '__union__' })).role, 'drafts');
      assert.equal(await statusOf(client, 'GET', '/api/posts:list', undefined, { 'x-role': 'admin' }), 401);
    });

    test('anonymous is what a role of that name grants, and nothing without one', async () => {
      await world.role('member2', { strategy: { actions: ['view'] } });
      const client = await world.user('member2');
      assert.equal(await statusOf(client, 'GET', '/api/posts:list', undefined, { 'x-role': 'anonymous' }), 403);
      await world.role('anonymous', { grants: { tags: { view: { fields: ['name'] } } } });
      assert.equal(await statusOf(client, 'GET', '/api/posts:list', undefined, { 'x-role': 'anonymous' }), 403);
      assert.equal(await statusOf(client, 'GET', '/api/tags:list', undefined, { 'x-role': 'anonymous' }), 200);
      await root.data('POST', '/api/roles:destroy?filterByTk=anonymous');
    });

    test('fields that come and go are in the lists and out of them; a collection takes its grants along', async () => {
      await makeCollection(root, 'notes', [{ name: 'text', type: 'string' }]);
      await world.role('noter', { grants: { notes: { view: { fields: ['text'] }, create: { fields: ['text'] } } } });
      const client = await world.user('noter');
      await root.data('POST', '/api/collections/notes/fields:create', { name: 'more', type: 'string' });
      assert.equal((await client.data('POST', '/api/notes:create', { text: 'a', more: 'b' })).more, 'b');
      assert.equal((await client.data('GET', '/api/notes:list'))[0].more, 'b');
      await root.data('POST', '/api/collections/notes/fields:destroy?filterByTk=more');
      assert.deepEqual((await client.data('GET', '/api/roles:check')).actions['notes:create'].whitelist, ['text']);
      await root.data('POST', '/api/collections:destroy?filterByTk=notes');
      assert.deepEqual((await client.data('GET', '/api/roles:check')).resources, []);
      await makeCollection(root, 'notes', [{ name: 'text', type: 'string' }]);
      assert.equal(await statusOf(client, 'GET', '/api/notes:list'), 403);
    });

    test('which records may be changed is told on demand', async () => {
      await world.role('told', { grants: { posts: { view: { fields: ['title'] }, update: { fields: ['title'], scope: { status: 'draft' } }, destroy: { scope: { status: 'published' } } } } });
      const client = await world.user('told');
      const meta = { 'x-with-acl-meta': 'true' };
      const path = `/api/posts:list?sort=id&fields=title&${query({ filter: { id: { $lte: 3 } } })}`;
      assert.deepEqual((await client.get(path, meta)).body.meta.allowedActions, { view: [1, 2, 3], update: [1, 3], destroy: [2] });
      assert.deepEqual((await client.get('/api/posts:get/2', meta)).body.meta.allowedActions, { view: [2], update: [], destroy: [2] });
      assert.deepEqual((await client.get(`${path}&paginate=false`, meta)).body.meta.allowedActions.update, [1, 3]);
      assert.deepEqual((await root.get(path, meta)).body.meta.allowedActions, { view: [1, 2, 3], update: [1, 2, 3], destroy: [1, 2, 3] });
      assert.equal((await client.get(path)).body.meta.allowedActions, undefined);
    });
  });
}
