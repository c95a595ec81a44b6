// NocoBase's client as published, with a storage of its own for each instance.
import sdk from '@nocobase/sdk';

class MapStorage {
  items = new Map();
  getItem(key) { return this.items.get(key) ?? null; }
  setItem(key, value) { this.items.set(key, value); }
  removeItem(key) { this.items.delete(key); }
  clear() { this.items.clear(); }
}

export const root = {account: 'nocobase', password: 'admin123'};

/** A client that nobody has signed in with. */
export function client(url, headers = {}) {
  return new sdk.APIClient({baseURL: `${url}/api/`, headers, storageClass: MapStorage});
}

export async function signedIn(url, who = root, headers = {}) {
  const api = client(url, headers);
  await api.auth.signIn(who, 'basic');
  return api;
}

/** The `data` of an answer. */
export const data = async request => (await request).data.data;

/** What the server said when it refused; throws when it did not refuse. */
export async function refused(request) {
  let answer;
  try {
    answer = await request;
  } catch (error) {
    if (!error.response) throw error;
    const {status, data: body} = error.response;
    return {status, body, errors: body?.errors ?? [], message: body?.errors?.map(e => e.message).join('; ') ?? '', code: body?.errors?.[0]?.code};
  }
  throw new Error(`expected a refusal, got ${answer.status} ${JSON.stringify(answer.data).slice(0, 300)}`);
}
