// A request of the model as the HTTP request that says the same.

function pathOf({ collection, source, action }) {
  return source ? `/api/${source.collection}/${source.id}/${source.association}:${action}` : `/api/${collection}:${action}`;
}

export function toHttp(request) {
  const params = new URLSearchParams();
  const json = (name, value) => { if (value !== undefined) params.set(name, JSON.stringify(value)); };
  const many = (name, values) => { for (const value of values ?? []) params.append(`${name}[]`, value); };
  if (request.kind === 'query') {
    const { measures, dimensions, filter } = request;
    return { method: 'POST', path: pathOf(request), body: { measures, dimensions, ...(filter && { filter }) }, headers: {} };
  }
  json('filter', request.filter);
  for (const name of ['page', 'pageSize']) json(name, request[name]);
  if (request.key !== undefined) params.set('filterByTk', request.key);
  for (const name of ['fields', 'appends', 'except', 'sort', 'filterKeys']) many(name, request[name]);
  many('updateAssociationValues', request.updated);
  const query = params.size ? `?${params}` : '';
  const reads = request.kind === 'list' || request.kind === 'get';
  return {
    method: reads ? 'GET' : 'POST', path: pathOf(request) + query, body: reads ? undefined : request.kind === 'link' ? request.keys : request.values ?? {},
    headers: request.meta ? { 'x-with-acl-meta': 'true' } : {},
  };
}
