// The collections that the model and the server are both given.
//
// Texts are unique and numbers large and unique (see markers.mjs), so that a value says which cell it came from;
// `status` and `letter` have few values, so that filters and scopes find several rows.

const belongsTo = (target, foreignKey) => ({ type: 'belongsTo', target, foreignKey });
const hasMany = (target, foreignKey) => ({ type: 'hasMany', target, foreignKey });
const hasOne = (target, foreignKey) => ({ type: 'hasOne', target, foreignKey });
const belongsToMany = (target, through, foreignKey, otherKey) => ({ type: 'belongsToMany', target, through, foreignKey, otherKey });

/** creators: whether rows say who created them. hidden and password are never shown. */
export const schema = {
  authors: {
    creators: true, rows: 5, fields: { name: 'text', secret: 'text', rank: 'number', letter: 'letter' },
    associations: { posts: hasMany('posts', 'authorId'), profile: hasOne('profiles', 'authorId') },
  },
  profiles: {
    creators: true, rows: 5, fields: { bio: 'text', phone: 'text', authorId: 'key' },
    associations: { author: belongsTo('authors', 'authorId') },
  },
  tags: { creators: false, rows: 5, fields: { name: 'text', color: 'text', letter: 'letter' }, associations: {} },
  posts: {
    creators: true, rows: 8,
    fields: { title: 'text', note: 'text', status: 'status', letter: 'letter', views: 'number', authorId: 'key', token: 'hidden', pin: 'password' },
    associations: {
      author: belongsTo('authors', 'authorId'), comments: hasMany('comments', 'postId'),
      tags: belongsToMany('tags', 'postsTags', 'postId', 'tagId'),
    },
  },
  comments: {
    creators: true, rows: 10, fields: { content: 'text', score: 'number', letter: 'letter', postId: 'key' },
    associations: { post: belongsTo('posts', 'postId') },
  },
};

/** Values of a field of few values. The names of the roles are there for scopes that compare with `$nRole`. */
export const choices = { status: ['draft', 'published', 'r1', 'r2'], letter: ['a', 'b', 'c'] };

export const collections = Object.keys(schema);
export const isAssociation = (collection, name) => name in schema[collection].associations;
export const isToMany = (association) => association.type === 'hasMany' || association.type === 'belongsToMany';

/** Fields that a record shows when nothing is held back, associations apart. */
export function attributes(collection) {
  const { fields, creators } = schema[collection];
  const stored = Object.keys(fields).filter((name) => fields[name] !== 'hidden');
  return ['id', 'createdAt', 'updatedAt', ...(creators ? ['createdById', 'updatedById'] : []), ...stored];
}

/** What a grant may list. */
export const grantable = (collection) => [...Object.keys(schema[collection].fields), ...Object.keys(schema[collection].associations)];
