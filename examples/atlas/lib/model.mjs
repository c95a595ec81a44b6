// The two collections and the association between them, as the API takes them.
const input = (name, title, more = {}) =>
  ({name, type: 'string', interface: 'input', ...more, uiSchema: {type: 'string', title, 'x-component': 'Input'}});
const number = (name, title, type = 'double', more = {}) => ({
  name, type, interface: type === 'double' ? 'number' : 'integer', ...more,
  uiSchema: {type: 'number', title, 'x-component': 'InputNumber', 'x-component-props': {stringMode: type === 'double'}},
});
const id = {
  name: 'id', type: 'bigInt', autoIncrement: true, primaryKey: true, allowNull: false, interface: 'id',
  uiSchema: {type: 'number', title: '{{t("ID")}}', 'x-component': 'InputNumber', 'x-read-pretty': true},
};

// GeoNames' feature codes, the ones that occur.
const kinds = {
  PPL: 'Populated place', PPLA: 'Seat of a first-order division', PPLA2: 'Seat of a second-order division', PPLA3: 'Seat of a third-order division',
  PPLA4: 'Seat of a fourth-order division', PPLA5: 'Seat of a fifth-order division', PPLC: 'Capital', PPLCH: 'Historical capital',
  PPLF: 'Farm village', PPLG: 'Seat of government', PPLH: 'Historical place', PPLL: 'Locality', PPLQ: 'Abandoned place', PPLR: 'Religious place',
  PPLS: 'Populated places', PPLW: 'Destroyed place', PPLX: 'Section of a place', STLMT: 'Settlement',
};

export const countries = {
  name: 'countries', title: 'Countries', titleField: 'name', autoGenId: false, createdAt: false, updatedAt: false,
  fields: [
    id, input('code', 'Code', {unique: true, length: 2}), input('code3', 'Code of three letters', {unique: true, length: 3}),
    input('name', 'Name', {index: true}), input('officialName', 'Official name'), input('capital', 'Capital'),
    input('region', 'Region', {index: true}), input('subregion', 'Subregion'), number('area', 'Area in km²'),
    {name: 'landlocked', type: 'boolean', interface: 'checkbox', uiSchema: {type: 'boolean', title: 'Landlocked', 'x-component': 'Checkbox'}},
    input('flag', 'Flag'), {name: 'languages', type: 'json', interface: 'json', uiSchema: {type: 'object', title: 'Languages', 'x-component': 'Input.JSON'}},
    number('latitude', 'Latitude'), number('longitude', 'Longitude'),
  ],
};

export const cities = {
  name: 'cities', title: 'Cities', titleField: 'name', autoGenId: false, createdAt: false, updatedAt: false,
  fields: [
    id, input('name', 'Name', {index: true}), number('population', 'Population', 'integer', {index: true}),
    {
      name: 'kind', type: 'string', interface: 'select',
      uiSchema: {type: 'string', title: 'Kind', 'x-component': 'Select', enum: Object.entries(kinds).map(([value, label]) => ({value, label}))},
    },
    input('division', 'Administrative division'), number('latitude', 'Latitude'), number('longitude', 'Longitude'),
    number('countryId', 'Country id', 'bigInt', {isForeignKey: true, index: true}),
  ],
};

/** Belongs to `cities`; makes `countries.cities` with it. */
export const country = {
  name: 'country', type: 'belongsTo', interface: 'm2o', target: 'countries', foreignKey: 'countryId', targetKey: 'id', onDelete: 'SET NULL',
  uiSchema: {title: 'Country', 'x-component': 'AssociationField', 'x-component-props': {multiple: false, fieldNames: {label: 'name', value: 'id'}}},
  reverseField: {
    name: 'cities', type: 'hasMany', interface: 'o2m',
    uiSchema: {title: 'Cities', 'x-component': 'AssociationField', 'x-component-props': {multiple: true, fieldNames: {label: 'name', value: 'id'}}},
  },
};
