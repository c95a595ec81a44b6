// A small client of the HTTP API for tests that look at answers as they are.
import { send } from './http.mjs';
import { multipartBody } from './multipart.mjs';

export class Client {
  constructor(url, { agent, timeoutMs } = {}) { Object.assign(this, { url, agent, timeoutMs, token: null }); }

  /** Answers {status, headers, body, text, raw}. A body that is neither text nor bytes is sent as JSON. */
  request(method, path, body, headers = {}) {
    const all = { ...headers };
    if (this.token && !('authorization' in all)) all.authorization = `Bearer ${this.token}`;
    let payload = body;
    if (body !== undefined && body !== null) {
      if (typeof body !== 'string' && !(body instanceof Uint8Array)) payload = JSON.stringify(body);
      all['content-type'] ??= 'application/json';
    }
    return send(this.url, { method, path, headers: all, body: payload, agent: this.agent, timeoutMs: this.timeoutMs });
  }
  get(path, headers) { return this.request('GET', path, undefined, headers); }
  post(path, body, headers) { return this.request('POST', path, body, headers); }

  /** Parts: see multipart.mjs. */
  upload(path, parts, headers = {}) {
    const boundary = '----flotilla-test-boundary';
    return this.post(path, multipartBody(parts, boundary), { 'content-type': `multipart/form-data; boundary=${boundary}`, ...headers });
  }

  /** The `data` of a successful answer; anything else throws with what was said. */
  async data(method, path, body, headers) {
    const answer = await this.request(method, path, body, headers);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text.slice(0, 500)}`);
    return answer.body?.data;
  }

  async signIn(account = 'nocobase', password = 'admin123') {
    const { user, token } = await this.data('POST', '/api/auth:signIn', { account, password }, { 'x-authenticator': 'basic' });
    this.token = token;
    return user;
  }
}
