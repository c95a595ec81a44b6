// Makes the collections and loads the data. Running it again loads only what is missing; --reset starts over.
import * as model from './lib/model.mjs';
import {account, connect, explain, list, url} from './lib/atlas.mjs';
import * as data from './lib/data.mjs';
import {Progress} from './lib/progress.mjs';

const rowsPerRequest = 500;
const requestsInFlight = 3;

async function reset(api) {
  const names = (await list(api, 'collections', {paginate: false, fields: ['name']})).data.map(c => c.name);
  for (const name of ['cities', 'countries']) if (names.includes(name)) await api.resource('collections').destroy({filterByTk: name});
}

async function defineModel(api) {
  const names = (await list(api, 'collections', {paginate: false, fields: ['name']})).data.map(c => c.name);
  for (const collection of [model.countries, model.cities])
    if (!names.includes(collection.name)) await api.resource('collections').create({values: collection});
  const fields = (await list(api, 'collections.fields', {paginate: false, fields: ['name']}, 'cities')).data.map(f => f.name);
  if (!fields.includes(model.country.name)) await api.resource('collections.fields', 'cities').create({values: model.country});
}

/** Sends `rows` in bulk creates, several requests in flight. */
async function send(api, resource, rows, progress) {
  let next = 0;
  const lane = async () => {
    while (next < rows.length) {
      const batch = rows.slice(next, next += rowsPerRequest);
      await api.resource(resource).create({values: batch});
      progress.add(batch.length);
    }
  };
  await Promise.all(Array.from({length: requestsInFlight}, lane));
  progress.finish();
}

async function load(api) {
  await defineModel(api);
  const known = new Set((await list(api, 'countries', {paginate: false, fields: ['code']})).data.map(c => c.code));
  const newCountries = data.countries.filter(c => !known.has(c.code));
  if (newCountries.length) await send(api, 'countries', newCountries, new Progress('countries', data.countries.length, known.size));

  const ids = new Map((await list(api, 'countries', {paginate: false, fields: ['id', 'code']})).data.map(c => [c.code, c.id]));
  const all = data.cities(ids);
  const count = async () => (await list(api, 'cities', {pageSize: 1, fields: ['id']})).meta.count;
  if (await count() !== all.length) {
    const there = new Set((await list(api, 'cities', {paginate: false, fields: ['id']})).data.map(c => Number(c.id)));
    const missing = all.filter(c => !there.has(c.id));
    await send(api, 'cities', missing, new Progress('cities', all.length, all.length - missing.length));
  } else {
    console.log(`already loaded: ${ids.size} countries, ${all.length} cities (--reset loads them again)`);
  }
  const loaded = await count();
  if (loaded !== all.length) throw new Error(`the server has ${loaded} cities instead of ${all.length}; --reset starts over`);
  return {countries: ids.size, cities: loaded};
}

function whatToTry({countries, cities}) {
  const filter = json => encodeURIComponent(JSON.stringify(json));
  console.log(`
${countries} countries and ${cities} cities are there. Try:

  TOKEN=$(curl -s ${url}/api/auth:signIn -H 'Content-Type: application/json' \\
    -d '{"account":"${account}","password":"..."}' | sed 's/.*"token":"\\([^"]*\\)".*/\\1/')

  # the largest cities of Italy
  curl -s -H "Authorization: Bearer $TOKEN" \\
    '${url}/api/cities:list?filter=${filter({'country.name': 'Italy'})}&sort=-population&pageSize=5&fields=name,population'

  # countries of Oceania, each with its cities
  curl -s -H "Authorization: Bearer $TOKEN" \\
    '${url}/api/countries:list?filter=${filter({region: 'Oceania'})}&appends=cities&pageSize=2'

  # cities and inhabitants by region
  curl -s -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' ${url}/api/cities:query \\
    -d '{"measures":[{"field":"id","aggregation":"count","alias":"cities"},{"field":"population","aggregation":"sum","alias":"people"}],
         "dimensions":[{"field":"country.region","alias":"region"}]}'

  node check.mjs      # compares the server's answers with the data set`);
}

const unknown = process.argv.slice(2).filter(a => a !== '--reset');
if (unknown.length) {
  console.error(`unknown option ${unknown[0]}; there is only --reset`);
  process.exit(2);
}
try {
  const api = await connect();
  if (process.argv.includes('--reset')) await reset(api);
  whatToTry(await load(api));
} catch (error) {
  console.error(`load: ${explain(error)}`);
  process.exitCode = 1;
}
