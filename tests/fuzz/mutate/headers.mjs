// Header fields, as a list of [name, value]; what frames the body is mutated elsewhere.
import { hostileTexts } from './values.mjs';

const known = ['Authorization', 'X-Role', 'X-Authenticator', 'X-Locale', 'X-Timezone', 'X-App', 'X-Data-Source', 'X-With-ACL-Meta', 'X-CSRF-Token', 'X-Forwarded-For', 'X-Forwarded-Host', 'X-Forwarded-Proto',
  'X-Request-Id', 'X-Request-Source', 'X-Hostname', 'Accept', 'Accept-Encoding', 'Accept-Language', 'Content-Type', 'Content-Encoding', 'Cookie', 'Origin', 'Referer', 'Host', 'Range', 'If-None-Match', 'If-Range',
  'Connection', 'Upgrade', 'Expect', 'Access-Control-Request-Method', 'Access-Control-Request-Headers', 'Sec-WebSocket-Key', 'Sec-WebSocket-Version', 'X-HTTP-Method-Override'];
const telling = {
  'X-Timezone': ['+99:99', '-00:00', '+8', 'Asia/Shanghai', '+08:00:00', '++', '+0800'],
  'X-Role': ['root', '__union__', 'anonymous', 'admin', 'r_nosuch'],
  'Accept-Encoding': ['gzip;q=0', 'br;q=x', 'gzip, br;q=1.5,*;q=0', 'gzip;q=0.0000000000001', ', , ,', 'identity;q=0, *;q=0'],
  'Content-Type': ['application/json; charset=utf-16', 'application/json;;;', 'multipart/form-data', 'multipart/form-data; boundary=', 'multipart/form-data; boundary="', 'application/x-www-form-urlencoded', 'text/plain', 'json', '/', 'application/json, text/plain'],
  'Content-Encoding': ['gzip', 'deflate', 'br', 'x'],
  Cookie: ['nb_auth_token_main=x', 'nb_role_main=%FF', 'nb_authenticator_main=nosuch; nb_role_main=root', '=;=;', 'a', 'nb_csrf_token_main="'],
  Range: ['bytes=0-', 'bytes=-1', 'bytes=9-1', 'bytes=0-0,1-1', 'bytes=99999999999999999999-', 'x'],
  Expect: ['100-continue', 'x'],
  Connection: ['close', 'keep-alive', 'Upgrade', 'close, keep-alive', 'x'],
  Upgrade: ['websocket', 'h2c', 'x'],
  Authorization: ['Bearer', 'Bearer ', 'bearer x', 'Basic bm9jb2Jhc2U6YWRtaW4xMjM=', 'Bearer a.b.c', 'Bearer eyJhbGciOiJub25lIn0.eyJ1c2VySWQiOjF9.', 'Bearer ....', 'Bearer eyJhbGciOiJIUzI1NiJ9.e30.', `Bearer ${'A'.repeat(5000)}`],
};

/** Bytes that may stand in a field: the framing stays as it is. */
const clean = (text) => text.replace(/[\r\n\u0000]/g, '').slice(0, 8000);

export function mutateHeaders(headers, random) {
  const out = headers.map((field) => [...field]);
  for (let i = random.between(1, 3); i > 0; --i) {
    const name = random.pick(known);
    const value = clean(random.chance(0.6) ? random.pick(telling[name] ?? hostileTexts) : random.pick(hostileTexts));
    const at = out.findIndex(([given]) => given.toLowerCase() === name.toLowerCase());
    switch (random.below(5)) {
      case 0: if (at >= 0) out.splice(at, 1); break;
      case 1: out.push([name, value]); break;
      case 2: out.push(['X-'.concat('y'.repeat(random.pick([1, 100, 5000]))), clean(random.pick(hostileTexts))]); break;
      default: if (at >= 0) out[at][1] = value; else out.push([name, value]);
    }
  }
  // A token that is nearly right.
  if (random.chance(0.3)) {
    const field = out.find(([name]) => name.toLowerCase() === 'authorization');
    if (field && field[1].length > 20) {
      const where = random.below(field[1].length);
      field[1] = field[1].slice(0, where) + random.pick(['', 'A', '.', '=', '%', 'é']) + field[1].slice(where + 1);
    }
  }
  return out;
}
