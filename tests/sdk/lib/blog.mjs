// A small model with all four kinds of association, made at run time as the interface makes it.
//   authors 1-1 profiles, authors 1-n posts, posts 1-n comments, posts n-n tags, comments n-1 authors (writer)
const id = {name: 'id', type: 'bigInt', autoIncrement: true, primaryKey: true, allowNull: false, interface: 'id'};
const title = (text, component = 'Input') => ({uiSchema: {type: 'string', title: text, 'x-component': component}});
const text = (name, label, more = {}) => ({name, type: 'string', interface: 'input', ...title(label), ...more});

export const collections = {
  tags: {name: 'tags', title: 'Tags', autoGenId: false, fields: [id, text('name', 'Name', {unique: true}), text('color', 'Color')]},
  profiles: {name: 'profiles', title: 'Profiles', autoGenId: false, fields: [id, text('website', 'Website')]},
  authors: {
    name: 'authors', title: 'Authors', autoGenId: false,
    fields: [id, text('name', 'Name'), text('email', 'Email', {unique: true}), {name: 'age', type: 'integer', interface: 'integer'}],
  },
  comments: {name: 'comments', title: 'Comments', autoGenId: false, fields: [id, {name: 'content', type: 'text', interface: 'textarea'}]},
  posts: {
    name: 'posts', title: 'Posts', autoGenId: false, createdAt: true, updatedAt: true,
    fields: [
      id, text('title', 'Title', {allowNull: false}), text('status', 'Status', {defaultValue: 'draft'}),
      {name: 'views', type: 'integer', interface: 'integer', defaultValue: 0, uiSchema: {type: 'number', title: 'Views', 'x-component': 'InputNumber'}},
      {name: 'score', type: 'double', interface: 'number'},
      {name: 'published', type: 'boolean', interface: 'checkbox'},
      {name: 'publishedAt', type: 'datetimeTz', interface: 'datetime'},
      {name: 'day', type: 'dateOnly', interface: 'date'},
      {name: 'sort', type: 'sort', interface: 'sort'},
    ],
  },
};

export const associations = {
  posts: [
    {
      name: 'author', type: 'belongsTo', interface: 'm2o', target: 'authors', foreignKey: 'authorId', targetKey: 'id', onDelete: 'SET NULL',
      reverseField: {name: 'posts', type: 'hasMany', interface: 'o2m'},
    },
    {name: 'comments', type: 'hasMany', interface: 'o2m', target: 'comments', foreignKey: 'postId', sourceKey: 'id', targetKey: 'id', onDelete: 'CASCADE'},
    {
      name: 'tags', type: 'belongsToMany', interface: 'm2m', target: 'tags', through: 'postsTags', foreignKey: 'postId', otherKey: 'tagId',
      sourceKey: 'id', targetKey: 'id', reverseField: {name: 'posts', type: 'belongsToMany', interface: 'm2m'},
    },
  ],
  authors: [{name: 'profile', type: 'hasOne', interface: 'oho', target: 'profiles', foreignKey: 'authorId', sourceKey: 'id', onDelete: 'SET NULL'}],
  comments: [
    {name: 'post', type: 'belongsTo', interface: 'm2o', target: 'posts', foreignKey: 'postId', targetKey: 'id'},
    {name: 'writer', type: 'belongsTo', interface: 'm2o', target: 'authors', foreignKey: 'writerId', targetKey: 'id'},
  ],
};

export async function defineBlog(api) {
  for (const collection of Object.values(collections)) await api.resource('collections').create({values: collection});
  for (const [name, fields] of Object.entries(associations))
    for (const field of fields) await api.resource('collections.fields', name).create({values: field});
}

/** Ann (30) wrote posts 1 and 2, Bob (41) post 3, nobody posts 4 and 5. */
export async function fillBlog(api) {
  await api.resource('authors').create({values: [{name: 'Ann', email: 'ann@example.com', age: 30}, {name: 'Bob', email: 'bob@example.com', age: 41}]});
  await api.resource('tags').create({values: [{name: 'red', color: '#f00'}, {name: 'green', color: '#0f0'}, {name: 'blue', color: '#00f'}]});
  await api.resource('posts').create({values: [
    {title: 'Alpha one', status: 'published', views: 10, score: 1.5, published: true, publishedAt: '2024-01-15T10:00:00.000Z', day: '2024-01-15',
      author: 1, tags: [1, 2], comments: [{content: 'a nice one', writer: 2}, {content: 'a bad one'}]},
    {title: 'Beta 100%', status: 'draft', views: 20, score: 2.25, published: false, publishedAt: '2024-02-20T23:30:00.000Z', day: '2024-02-20', author: 1, tags: [2]},
    {title: 'gamma_three', status: 'archived', views: 30, score: -3, published: true, publishedAt: '2024-03-31T10:00:00.000Z', day: '2024-03-31', author: 2},
    {title: 'delta four', status: 'published', views: 0, published: null},
    {title: "O'Hara \"quoted\" \\ back", status: 'draft', views: null, publishedAt: '2024-12-31T23:59:59.999Z', day: '2024-12-31', tags: [3]},
  ]});
}
