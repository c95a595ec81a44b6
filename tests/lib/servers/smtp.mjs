// A mail server of the test: takes every message and keeps it.
import { createServer } from 'node:net';

/** Answers {url, messages: [{from, to, text}], next(timeoutMs), stop}. `refuse`: the answer to RCPT. */
export async function startSmtp({ refuse } = {}) {
  const messages = [], waiting = [], sockets = new Set();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    let rest = '', mail = null, data = null;
    const say = (line) => socket.write(`${line}\r\n`);
    say('220 test ESMTP');
    const take = (line) => {
      if (data) {
        if (line !== '.') return data.push(line.startsWith('..') ? line.slice(1) : line);
        mail.text = data.join('\r\n');
        data = null;
        messages.push(mail);
        waiting.shift()?.(mail);
        return say('250 kept');
      }
      const [, address] = /<(.*)>/.exec(line) ?? [];
      if (/^(EHLO|HELO)/i.test(line)) say('250-test\r\n250 8BITMIME');
      else if (/^MAIL FROM/i.test(line)) { mail = { from: address }; say('250 ok'); }
      else if (/^RCPT TO/i.test(line)) { mail.to = address; say(refuse ?? '250 ok'); }
      else if (/^DATA/i.test(line)) { data = []; say('354 go on'); }
      else if (/^QUIT/i.test(line)) { say('221 bye'); socket.end(); }
      else say('500 what?');
    };
    socket.setEncoding('utf8').on('data', (chunk) => {
      rest += chunk;
      for (let end; (end = rest.indexOf('\r\n')) >= 0; rest = rest.slice(end + 2)) take(rest.slice(0, end));
    });
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `smtp://127.0.0.1:${server.address().port}`, messages,
    /** The next message that comes, or throws after timeoutMs. */
    next: (timeoutMs = 10_000) => new Promise((done, fail) => {
      const timer = setTimeout(() => fail(new Error(`no mail within ${timeoutMs} ms`)), timeoutMs);
      waiting.push((mail) => { clearTimeout(timer); done(mail); });
    }),
    stop: () => new Promise((done) => { for (const socket of sockets) socket.destroy(); server.close(done); }),
  };
}
