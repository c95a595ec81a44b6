// Raw TCP, for what fetch hides.
import net from 'node:net';

/** Sends `bytes`, collects what comes until `done(text)` is true or the server ends the connection. */
export function talk(port, bytes, done = () => false, timeoutMs = 10_000) {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1');
    let text = '';
    const timer = setTimeout(() => { socket.destroy(); reject(new Error(`no answer in ${timeoutMs} ms, so far: ${text}`)); }, timeoutMs);
    const finish = (ended) => { clearTimeout(timer); socket.destroy(); resolve({ text, ended, status: Number(text.slice(9, 12)) }); };
    socket.on('data', (chunk) => { text += chunk.toString('latin1'); if (done(text)) finish(false); });
    socket.on('end', () => finish(true));
    socket.on('error', (error) => { if (text) finish(true); else { clearTimeout(timer); reject(error); } });
    socket.write(bytes);
  });
}

/** A connection that has been answered once and stays open. */
export function keepAlive(port) {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.on('error', reject);
    socket.once('data', () => resolve(socket));
    socket.write('GET /livez HTTP/1.1\r\nHost: test\r\n\r\n');
  });
}

export async function signIn(server) {
  const answer = await fetch(`${server.url}/api/auth:signIn`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-Authenticator': 'basic' },
    body: JSON.stringify({ account: 'nocobase', password: 'admin123' }),
  });
  return (await answer.json()).data.token;
}
