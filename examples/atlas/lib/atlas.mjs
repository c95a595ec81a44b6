// The signed-in client, and errors that say what the server said.
import sdk from '@nocobase/sdk';

export const url = (process.env.ATLAS_URL || 'http://127.0.0.1:13000').replace(/\/+$/, '');
export const account = process.env.ATLAS_ACCOUNT || 'nocobase';
const password = process.env.ATLAS_PASSWORD || 'admin123';

/** The client keeps its token here; a browser would use localStorage. */
class MapStorage {
  items = new Map();
  getItem(key) { return this.items.get(key) ?? null; }
  setItem(key, value) { this.items.set(key, value); }
  removeItem(key) { this.items.delete(key); }
}

export async function connect() {
  const api = new sdk.APIClient({baseURL: `${url}/api/`, storageClass: MapStorage});
  await api.auth.signIn({account, password}, 'basic');
  return api;
}

export const list = async (api, resource, params, of) => (await api.resource(resource, of).list(params)).data;

/** What went wrong, in one line. */
export function explain(error) {
  if (!error.response) return error.code === 'ECONNREFUSED' ? `no server answers at ${url} (set ATLAS_URL)` : error.message;
  const said = error.response.data?.errors?.map(e => e.message).join('; ') ?? error.response.data?.error?.message ?? error.response.data;
  return `${error.config?.url}: ${error.response.status} ${said}`;
}
