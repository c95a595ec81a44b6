// Asks the server for the cities of 20 countries and compares with the data set: count, order, every page. Exit 1 on a difference.
import {deepStrictEqual} from 'node:assert/strict';
import {connect, explain, list} from './lib/atlas.mjs';
import {cityCount, citiesOf, countries} from './lib/data.mjs';

// The largest, the smallest, names with accents, and four without any city.
const codes = ['US', 'IT', 'MX', 'FR', 'DE', 'RU', 'IN', 'CN', 'AU', 'JP', 'AX', 'CI', 'ST', 'CW', 'RE', 'VA', 'BV', 'HM', 'IO', 'UM'];
const pageSize = 200;

const seen = c => ({id: Number(c.id), name: c.name, population: c.population});
const wanted = c => ({id: c.cityId, name: c.name, population: c.population});

async function checkCountry(api, code) {
  const {name} = countries.find(c => c.code === code);
  const expected = citiesOf(code);
  const filter = {country: {name}};
  const ask = params => list(api, 'cities', {filter, sort: ['-population'], ...params});

  const top = await ask({pageSize: 10, appends: ['country']});
  deepStrictEqual(top.data.map(seen), expected.slice(0, 10).map(wanted), `${name}: top 10`);
  for (const city of top.data) deepStrictEqual(city.country?.name, name, `${name}: country of ${city.name}`);
  deepStrictEqual(top.meta, {count: expected.length, page: 1, pageSize: 10, totalPage: Math.ceil(expected.length / 10)}, `${name}: meta`);

  const pages = Math.max(1, Math.ceil(expected.length / pageSize));
  const all = [];
  for (let page = 1; page <= pages + 1; ++page) {
    const answer = await ask({page, pageSize, fields: ['id', 'name', 'population']});
    deepStrictEqual(answer.meta.count, expected.length, `${name}: count on page ${page}`);
    all.push(...answer.data.map(seen));
  }
  deepStrictEqual(all, expected.map(wanted), `${name}: all pages together`);

  const id = (await list(api, 'countries', {filter: {code}, fields: ['id']})).data[0].id;
  const viaCountry = await list(api, 'countries.cities', {sort: ['-population'], pageSize: 10}, id);
  deepStrictEqual(viaCountry.data.map(seen), expected.slice(0, 10).map(wanted), `${name}: countries/${id}/cities`);

  const million = expected.filter(c => c.population >= 1_000_000).length;
  const large = await list(api, 'cities', {filter: {$and: [filter, {population: {$gte: 1_000_000}}]}, pageSize: 1});
  deepStrictEqual(large.meta.count, million, `${name}: cities of a million`);
  return {name, cities: expected.length, pages};
}

let differences = 0;
try {
  const api = await connect();
  const {meta} = await list(api, 'cities', {pageSize: 1});
  if (meta.count !== cityCount) {
    console.log(`DIFFERENT  the server has ${meta.count} cities, the data set ${cityCount}`);
    ++differences;
  }
  for (const code of codes) {
    const began = performance.now();
    try {
      const {name, cities, pages} = await checkCountry(api, code);
      console.log(`same       ${name}: ${cities} cities, ${pages} page(s), ${Math.round(performance.now() - began)} ms`);
    } catch (error) {
      if (error.code !== 'ERR_ASSERTION') throw error;
      console.log(`DIFFERENT  ${error.message}`);
      ++differences;
    }
  }
} catch (error) {
  console.error(`check: ${explain(error)}`);
  process.exit(1);
}
console.log(differences ? `${differences} difference(s)` : `${codes.length} countries answered as the data set has them`);
process.exitCode = differences ? 1 : 0;
