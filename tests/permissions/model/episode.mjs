// An episode: fresh roles and rows, then requests, each decided by the model and by the server.
import { Random } from '../../lib/random.mjs';
import { adoptKeys, compareAnswers, compareStates, expected, secretMarkers } from './compare.mjs';
import { RequestGenerator } from './generate.mjs';
import { rolesOf } from './generate_roles.mjs';
import { Markers, markersIn } from './markers.mjs';
import { Rights } from './rights.mjs';
import { toHttp } from './wire.mjs';

/** Streams of chance: one for the rows and roles of an episode, one for each of its cases. */
const stream = (episode, number) => (episode + 1) * 10_000 + number;

/** Somebody, in one role by name, in the first one, or in all at once. Now and then in one that is not theirs. */
function actorOf(random, users, roles) {
  const user = random.pick(users);
  const named = (names) => names.map((name) => roles.find((role) => role.name === name));
  if (random.chance(0.01)) return { user, header: roles.map(({ name }) => name).find((name) => !user.roleNames.includes(name)), roles: null };
  if (random.chance(0.01)) return { user, header: 'anonymous', roles: null };
  if (user.roleNames.length > 1 && random.chance(0.4)) return { user, header: '__union__', roles: named(user.roleNames) };
  const name = random.pick(user.roleNames);
  if (user.roleNames.length === 1 && random.chance(0.3)) return { user, roles: named([name]) };
  return { user, header: name, roles: named([name]) };
}

/** Hidden values that the request gives are where the model has them. */
async function compareTokens(world, store, request) {
  const differences = [];
  for (const token of [...markersIn(request.values)].filter((marker) => /~posts\.token~/.test(marker))) {
    const wanted = store.rows('posts').filter((row) => row.token === token).map((row) => row.id), ids = await world.postsWithToken(token);
    if (`${ids}` !== `${wanted}`) differences.push(`token ${token}: expected of posts ${wanted || 'none'}, is of ${ids || 'none'}`);
  }
  return differences;
}

async function runCase(world, store, roles, random, markers) {
  const actor = actorOf(random, world.users, roles);
  const rights = new Rights(store, actor.user, actor.roles ?? []);
  const request = new RequestGenerator(random, actor.roles ? rights : new Rights(store, actor.user, [roles[0]]), markers).request();
  const secret = secretMarkers(rights, request);
  const { method, path, body, headers } = toHttp(request);
  const outside = actor.roles ? null : { status: actor.header === 'anonymous' ? 403 : 401 };
  const expectation = outside ?? expected(rights, request);
  const answer = await actor.user.client.request(method, path, body, { ...headers, ...(actor.header && { 'x-role': actor.header }) });
  const state = method === 'POST' && request.kind !== 'query' ? await world.state() : null;
  if (state) adoptKeys(store, state);  // first of all: scopes may ask for keys
  const differences = compareAnswers(rights, request, expectation, answer, secret);
  if (state) differences.push(...compareStates(store, state), ...(await compareTokens(world, store, request)));
  const told = { user: actor.user.username, role: actor.header ?? 'the first role', method, path: decodeURIComponent(path), body, answer: answer.text.slice(0, 400) };
  return { differences, request: told, kind: request.kind, status: answer.status };
}

/**
 * Runs the cases `from` … `to`-1 of an episode, with a row state that depends on the seed alone. Ends at the first
 * difference and answers it: {seed, episode, number, request, differences, roles}; null when there is none.
 */
export async function runEpisode(world, { seed, episode, from = 0, to, tally }) {
  const random = new Random(seed, stream(episode, 0));
  const markers = new Markers();
  // Scopes speak of values of rows: roles are drawn after them, and rows are written with none in force.
  const store = await world.seed(random, markers);
  const roles = rolesOf(random, store);
  await world.setRoles(roles);
  for (let number = from; number < to; ++number) {
    const found = await runCase(world, store, roles, new Random(seed, stream(episode, number + 1)), markers);
    if (tally) tally[`${found.kind} ${found.status}`] = (tally[`${found.kind} ${found.status}`] ?? 0) + 1;
    if (found.differences.length) return { seed, episode, number, ...found, roles };
  }
  return null;
}

/** The fewest cases before the one that differs with which it still does, by leaving out ever more from the start. */
export async function shrink(world, difference) {
  const { seed, episode, number } = difference;
  for (const from of [number, Math.max(0, number - 1), Math.max(0, number - 4), Math.max(0, number - 16)]) {
    const again = await runEpisode(world, { seed, episode, from, to: number + 1 });
    if (again) return { ...again, from };
  }
  return { ...difference, from: 0 };
}

export function describeDifference({ seed, episode, from, number, request, differences, roles }) {
  const { user, role, method, path, body, answer } = request;
  return [
    `SEED=${seed} EPISODE=${episode} CASE=${from}-${number}`, `as ${user} in ${role}: ${method} ${path}`,
    ...(body === undefined ? [] : [`body ${JSON.stringify(body)}`]), `answer ${answer}`, ...differences.map((text) => `  ${text}`),
    ...roles.map((one) => `role ${JSON.stringify(one)}`),
  ].join('\n');
}
