// The rows and links, as plain objects.
import { collections, schema } from './schema.mjs';

export class Store {
  constructor() {
    this.tables = Object.fromEntries(collections.map((name) => [name, []]));
    this.links = [];  // [post, tag]
    this.made = 0;
  }
  rows(collection) { return this.tables[collection]; }
  find(collection, id) { return this.tables[collection].find((row) => row.id === id) ?? null; }

  /** The rows that an association leads to. */
  reach(collection, row, name) {
    const { type, target, foreignKey } = schema[collection].associations[name];
    if (type === 'belongsTo') return this.rows(target).filter((next) => next.id === row[foreignKey]);
    if (type === 'belongsToMany') return this.rows(target).filter((next) => this.links.some(([own, other]) => own === row.id && other === next.id));
    return this.rows(target).filter((next) => next[foreignKey] === row.id);
  }

  /** A row of these values; a number below zero stands for a key that the server chooses. */
  insert(collection, values, user) {
    const { fields, creators } = schema[collection];
    const row = { id: values.id ?? --this.made, ...Object.fromEntries(Object.keys(fields).map((name) => [name, values[name] ?? null])) };
    if (creators) Object.assign(row, { createdById: user, updatedById: user });
    this.tables[collection].push(row);
    return row;
  }
  remove(collection, row) {
    this.tables[collection] = this.tables[collection].filter((other) => other !== row);
    if (collection === 'posts') this.links = this.links.filter(([post]) => post !== row.id);
    if (collection === 'tags') this.links = this.links.filter(([, tag]) => tag !== row.id);
  }

  /** The key of a row that was made under another one. */
  rename(collection, from, to) {
    this.find(collection, from).id = to;
    if (collection === 'posts') this.links.forEach((link) => { if (link[0] === from) link[0] = to; });
    if (collection === 'tags') this.links.forEach((link) => { if (link[1] === from) link[1] = to; });
    for (const [name, { associations }] of Object.entries(schema)) {
      for (const { type, target, foreignKey } of Object.values(associations)) {
        if (type === 'belongsTo' && target === collection)
          for (const row of this.rows(name)) if (row[foreignKey] === from) row[foreignKey] = to;
      }
    }
  }
}
