// The main databases that a Flotilla can be started on: for each the environment that names a fresh, empty one.
import { startMariadb } from './servers/mariadb.mjs';
import { startPostgres } from './servers/postgres.mjs';

const fromUrl = (dialect, text) => {
  const url = new URL(text);
  return {
    DB_DIALECT: dialect, DB_HOST: url.hostname, DB_PORT: url.port, DB_USER: decodeURIComponent(url.username),
    DB_PASSWORD: decodeURIComponent(url.password), DB_DATABASE: url.pathname.slice(1),
  };
};

const starters = {
  sqlite: async () => ({ env: {}, stop: async () => {} }),
  async postgres() {
    const server = await startPostgres();
    return { env: fromUrl('postgres', server.url), server, stop: () => server.stop() };
  },
  async mariadb() {
    const server = await startMariadb();
    return { env: fromUrl('mariadb', server.url), server, stop: () => server.stop() };
  },
};

export const dialects = Object.keys(starters);

/** Answers {env, server?, stop}: `env` goes into startServer({env}). */
export function startDatabase(dialect) {
  if (!(dialect in starters)) throw new Error(`no such dialect: ${dialect} (takes ${dialects.join(', ')})`);
  return starters[dialect]();
}
