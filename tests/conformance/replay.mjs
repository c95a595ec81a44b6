// Sends the recorded requests, in order, and keeps what later ones need.
import { keepAliveAgent, send } from '../lib/http.mjs';
import { sleep } from '../lib/server.mjs';
import { sessionClaims, sign } from '../lib/tokens.mjs';
import { fillRequest, Variables } from './template.mjs';

const healthTimeoutMs = 20_000;

/** Tokens that no line saves: they are signed with the server's own key. */
export function madeTokens(key) {
  const now = Math.floor(Date.now() / 1000), day = 86_400;
  const old = { iat: now - 2 * day, exp: now - 3600, signInTime: (now - 2 * day) * 1000 };
  return {
    expiredTok: sign(sessionClaims(1, old), key),
    unknownUserTok: sign(sessionClaims(99_999), key),
    unknownJtiTok: sign(sessionClaims(1), key),
    noTempTok: sign({ userId: 1, iat: now, exp: now + day }, key),
  };
}

const at = (value, path) => path.split('.').reduce((inner, key) => inner?.[key], value);

/** The log lines of a request are found by this id, which the server takes over. */
export const requestId = (line) => `rec-${line.seq}`;

export class Replay {
  /** waits: honour wait_ms. */
  constructor(url, key, { waits = true } = {}) {
    Object.assign(this, { url, waits, variables: new Variables(madeTokens(key)), agent: keepAliveAgent() });
  }

  async #pause(ms) {
    if (!this.waits) return;
    await sleep(ms);
    const deadline = Date.now() + healthTimeoutMs;
    for (;;) {
      const status = await send(this.url, { path: '/api/__health_check', agent: null }).then((answer) => answer.status, () => 0);
      if (status === 200) break;
      if (Date.now() > deadline) throw new Error(`not healthy again within ${healthTimeoutMs} ms`);
      await sleep(25);
    }
    // The server may have been restarted: its old connections are not worth trying.
    this.agent.destroy();
    this.agent = keepAliveAgent();
  }

  /** Sends one line; answers {status, headers, body, raw, missing}: missing names variables that nothing saved. */
  async send(line) {
    if (line.wait_ms) await this.#pause(line.wait_ms);
    this.variables.missing.clear();
    const request = fillRequest(line.request, this.variables);
    const missing = [...this.variables.missing];
    request.headers['x-request-id'] = requestId(line);
    const answer = await send(this.url, { ...request, agent: this.agent });
    for (const [name, path] of Object.entries(line.save ?? {})) {
      const value = at(answer.body, path);
      if (value !== undefined) this.variables.values[name] = value;
    }
    for (const [name, header] of Object.entries(line.saveHeader ?? {}))
      if (header in answer.headers) this.variables.values[name] = answer.headers[header];
    return { ...answer, missing };
  }

  end() { this.agent.destroy(); }
}
