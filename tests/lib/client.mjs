// A small client of the HTTP API for tests that look at answers as they are.

export class Client {
  constructor(url) { this.url = url; this.token = null; }

  /** Answers {status, headers, body, text}; body is parsed when it is JSON. */
  async request(method, path, body, headers = {}) {
    const init = { method, headers: { ...headers }, redirect: 'manual' };
    if (this.token && !('authorization' in init.headers)) init.headers.authorization = `Bearer ${this.token}`;
    if (body !== undefined && body !== null) {
      init.body = typeof body === 'string' || body instanceof FormData || body instanceof Uint8Array ? body : JSON.stringify(body);
      if (!(body instanceof FormData) && !('content-type' in init.headers)) init.headers['content-type'] = 'application/json';
    }
    const answer = await fetch(this.url + path, init);
    const text = await answer.text();
    let parsed = text;
    if ((answer.headers.get('content-type') ?? '').includes('json')) {
      try { parsed = JSON.parse(text); } catch { /* judged as text */ }
    }
    return { status: answer.status, headers: answer.headers, body: parsed, text };
  }
  get(path, headers) { return this.request('GET', path, undefined, headers); }
  post(path, body, headers) { return this.request('POST', path, body, headers); }

  async signIn(account = 'nocobase', password = 'admin123') {
    const answer = await this.post('/api/auth:signIn', { account, password }, { 'x-authenticator': 'basic' });
    if (answer.status !== 200) throw new Error(`sign-in: ${answer.status} ${answer.text}`);
    this.token = answer.body.data.token;
    return answer.body.data.user;
  }
}
