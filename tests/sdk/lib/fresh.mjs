// A fresh server for one test, stopped when the test ends, and a client signed in as its first user.
import {startServer} from '../../lib/server.mjs';
import {signedIn} from './client.mjs';

export async function fresh(t) {
  const server = await startServer();
  t.after(() => server.stop());
  return {server, url: server.url, api: await signedIn(server.url)};
}
