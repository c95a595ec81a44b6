// A TCP proxy on loopback whose links can be cut and held.
import { connect, createServer } from 'node:net';

/** Answers {port, cut(), hold(), release(), delay(ms), close()}. Held links take no byte in either direction; new ones wait as well. */
export async function openProxy(t, targetPort) {
  const links = new Set();
  let held = false, delayMs = 0;
  const server = createServer((near) => {
    const far = connect(targetPort, '127.0.0.1');
    const link = { near, far };
    links.add(link);
    const end = () => { links.delete(link); near.destroy(); far.destroy(); };
    for (const [from, to] of [[near, far], [far, near]]) {
      from.setNoDelay(true).on('error', end).on('close', end).on('data', (chunk) => {
        if (delayMs > 0) return void setTimeout(() => { if (!to.destroyed) to.write(chunk); }, delayMs);
        if (!to.write(chunk)) { from.pause(); to.once('drain', () => { if (!held) from.resume(); }); }
      });
      if (held) from.pause();
    }
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const each = (what) => { for (const { near, far } of links) what(near, far); };
  const proxy = {
    port: server.address().port,
    cut: () => each((near, far) => { near.resetAndDestroy(); far.resetAndDestroy(); }),
    hold: () => { held = true; each((near, far) => { near.pause(); far.pause(); }); },
    release: () => { held = false; each((near, far) => { near.resume(); far.resume(); }); },
    /** Every byte comes so much later, in order, in both directions. */
    delay: (ms) => { delayMs = ms; },
    close: () => { proxy.cut(); server.close(); },
  };
  t.after(proxy.close);
  return proxy;
}
