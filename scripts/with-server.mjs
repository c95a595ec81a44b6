// Runs a command against a server of its own: ATLAS_URL names it.   node scripts/with-server.mjs command args...
import { spawn } from 'node:child_process';
import { startServer } from '../tests/lib/server.mjs';

const [command, ...args] = process.argv.slice(2);
const server = await startServer();
const child = spawn(command, args, { stdio: 'inherit', env: { ...process.env, ATLAS_URL: server.url } });
const code = await new Promise((done) => child.on('exit', (status, signal) => done(signal ? 1 : status)));
await server.stop();
process.exit(code);
