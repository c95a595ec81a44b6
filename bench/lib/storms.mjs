// Sign-ins, sign-outs and renewals at a steady rate, beside which reads are measured.
import {createHmac, randomUUID} from 'node:crypto';
import http from 'node:http';
import {setTimeout as sleep} from 'node:timers/promises';
import {account, appKey, password} from './server.mjs';

const part = value => Buffer.from(JSON.stringify(value)).toString('base64url');
const claimsOf = token => JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));

function sign(claims) {
  const text = `${part({alg: 'HS256', typ: 'JWT'})}.${part(claims)}`;
  return `${text}.${createHmac('sha256', appKey).update(text).digest('base64url')}`;
}

function ask(server, agent, method, path, {token, body} = {}) {
  const headers = token ? {authorization: `Bearer ${token}`} : {};
  if (body) headers['content-type'] = 'application/json';
  return new Promise((done, fail) => {
    const request = http.request(server.url + path, {method, agent, headers}, answer => {
      let text = '';
      answer.setEncoding('utf8').on('data', chunk => (text += chunk)).on('end', () => done({status: answer.statusCode, headers: answer.headers, text})).on('error', fail);
    });
    request.on('error', fail).end(body && JSON.stringify(body));
  });
}

const freshClaims = () => {
  const now = Math.floor(Date.now() / 1000);
  return {userId: 1, temp: true, iat: now, signInTime: now * 1000, exp: now + 86_400, jti: randomUUID()};
};
const signIn = (server, agent) => ask(server, agent, 'POST', '/api/auth:signIn', {body: {account, password}});

/** Each makes one action of a storm; `n` is the number of the lane it runs in. */
export const storms = {
  'sign-in': {perSecond: 10, lanes: 4, prepare: async () => ({}), act: ({server, agent}) => signIn(server, agent)},
  'sign-out': {perSecond: 100, lanes: 8, prepare: async () => ({}), act: ({server, agent}) => ask(server, agent, 'POST', '/api/auth:signOut', {token: sign(freshClaims())})},
  renewal: {
    perSecond: 100, lanes: 8,
    async prepare({server, agent}, lanes) {
      const tokens = [];
      for (let i = 0; i < lanes; ++i) tokens.push(JSON.parse((await signIn(server, agent)).text).data.token);
      return {tokens};
    },
    async act({server, agent, tokens}, lane) {
      const now = Math.floor(Date.now() / 1000);
      const expired = sign({...claimsOf(tokens[lane]), iat: now - 90_000, exp: now - 3_600});
      const answer = await ask(server, agent, 'GET', '/api/auth:check', {token: expired});
      tokens[lane] = answer.headers['x-new-token'];
      return answer;
    },
  },
};

/** Runs a storm for `seconds` on a fixed timetable; answers how many actions there were, and how many failed. */
export async function storm(name, server, seconds) {
  const {perSecond, lanes, prepare, act} = storms[name];
  const agent = new http.Agent({keepAlive: true, maxSockets: lanes});
  const world = {server, agent};
  Object.assign(world, await prepare(world, lanes));
  const begun = performance.now();
  let next = 0, actions = 0, errors = 0;
  await Promise.all(Array.from({length: lanes}, async (_, lane) => {
    for (;;) {
      const due = begun + (next++ / perSecond) * 1000;
      if (due - begun > seconds * 1000) return;
      if (due > performance.now()) await sleep(due - performance.now());
      const {status} = await act(world, lane);
      ++actions;
      if (status !== 200) ++errors;
    }
  }));
  agent.destroy();
  return {actions, errors, perSecond: actions / ((performance.now() - begun) / 1000)};
}
