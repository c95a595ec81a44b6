// How a request is put on the wire: lengths, chunks, request lines, several requests in one go, spoilt bytes.

const crlf = '\r\n';

export function headOf({ method, target, headers }) {
  return Buffer.from(`${method} ${target} HTTP/1.1${crlf}${headers.map(([name, value]) => `${name}: ${value}${crlf}`).join('')}${crlf}`);
}
export function whole(request) {
  const body = Buffer.from(request.body ?? '');
  const headers = request.body === undefined ? request.headers : [...request.headers, ['Content-Length', body.length]];
  return Buffer.concat([headOf({ ...request, headers }), body]);
}

function chunks(body, random) {
  const pieces = [];
  for (let at = 0; at < body.length;) {
    const size = Math.min(body.length - at, random.pick([1, 5, 100, 5000]));
    pieces.push({ size: size.toString(16), data: body.subarray(at, at + size), end: crlf });
    at += size;
    if (pieces.length > 200) { pieces.push({ size: (body.length - at).toString(16), data: body.subarray(at), end: crlf }); break; }
  }
  return pieces;
}

/** Transfer-Encoding: chunked, right in one case of four. */
export function chunked(request, random) {
  const body = Buffer.from(request.body ?? '{"a":1}');
  const pieces = chunks(body, random);
  let last = `0${crlf}${crlf}`;
  const one = pieces.length ? random.pick(pieces) : { size: '0', data: Buffer.alloc(0), end: crlf };
  const spoil = [
    () => {}, () => {}, () => {},
    () => { one.size = random.pick(['-1', 'g', '', ' ', '0x5', 'FFFFFFFFFFFFFFFF', '10000000000000000', '7fffffffffffffff', '5 ', '+5', '5;a=b', '5;a="\u0001', '05', '1'.repeat(100)]); },
    () => { one.end = random.pick(['', '\n', '\r', 'xx', `${crlf}${crlf}`]); },
    () => { last = random.pick(['', '0', `0${crlf}`, `0${crlf}X: y${crlf}${crlf}`, `0${crlf}${'T: v\r\n'.repeat(3000)}${crlf}`, `0;x${crlf}${crlf}`, `00000${crlf}${crlf}`, `0${crlf}Content-Length: 5${crlf}${crlf}`]); },
    () => { one.data = one.data.subarray(0, one.data.length >> 1); },
    () => { one.size = `${one.size};${'e'.repeat(random.pick([10, 100_000]))}`; },
  ];
  random.pick(spoil)();
  const headers = [...request.headers, ['Transfer-Encoding', random.pick(['chunked', 'chunked', 'chunked', 'Chunked', 'gzip, chunked', 'chunked, chunked', 'identity', 'xchunked', 'chunked;x'])]];
  if (random.chance(0.15)) headers.push(['Content-Length', random.pick([body.length, 0, 5, -1])]);
  return Buffer.concat([headOf({ ...request, headers }), ...pieces.map((p) => Buffer.concat([Buffer.from(`${p.size}${crlf}`), p.data, Buffer.from(p.end)])), Buffer.from(last)]);
}

/** Content-Length that lies, fields that are no fields, request lines that are none. */
export function brokenHead(request, random) {
  const body = Buffer.from(request.body ?? '{}');
  const lengths = [body.length + 10, Math.max(0, body.length - 3), -1, '1e3', '0x10', '', ' ', '99999999999999999999', '18446744073709551616', `${body.length}, ${body.length}`, `${body.length}, 1`, `+${body.length}`, `${body.length}a`, 2 ** 40];
  const line = `${request.method} ${request.target} HTTP/1.1`;
  const lines = ['', 'GET', 'GET /', `${request.method}  ${request.target} HTTP/1.1`, `${request.method} ${request.target} HTTP/1.0`, `${request.method} ${request.target} HTTP/2.0`, `${request.method} ${request.target} HTTP/1.10`, `${request.method} ${request.target} http/1.1`,
    `${request.method} ${request.target}`, `G@T ${request.target} HTTP/1.1`, `${'M'.repeat(5000)} / HTTP/1.1`, `GET /${'x'.repeat(random.pick([3000, 40_000, 200_000]))} HTTP/1.1`, 'PRI * HTTP/2.0', `CONNECT a:1 HTTP/1.1`, `TRACE ${request.target} HTTP/1.1`, '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003', `\r\n\r\n${line}`];
  const fields = ['Name', ': v', ' folded', 'A b: c', 'A\u0000b: c', 'A: b\u0000c', 'A: \u0001', 'A:\r', `A: ${'v'.repeat(random.pick([5000, 70_000, 300_000]))}`, `${'A: b\r\n'.repeat(random.pick([50, 3000]))}Z: z`, 'Transfer-Encoding: chunked', 'Content-Length: 0', 'Host: other', 'Content-Length : 5', '\u00e9: \u00ff'];
  let first = line;
  const extra = request.headers.map(([name, value]) => `${name}: ${value}`);
  switch (random.below(3)) {
    case 0: extra.push(`Content-Length: ${random.pick(lengths)}`); break;
    case 1: first = random.pick(lines); extra.push(`Content-Length: ${body.length}`); break;
    default: extra.splice(random.below(extra.length + 1), 0, random.pick(fields)); extra.push(`Content-Length: ${body.length}`);
  }
  return Buffer.concat([Buffer.from([first, ...extra, '', ''].join(crlf), 'latin1'), body]);
}

/** Bytes changed, left out, doubled or cut anywhere in a whole request. */
export function spoiltBytes(bytes, random) {
  let out = Buffer.from(bytes);
  for (let i = random.between(1, 6); i > 0 && out.length > 1; --i) {
    const at = random.below(Math.min(out.length, 4000)), length = random.between(1, 8);
    switch (random.below(5)) {
      case 0: out[at] = random.below(256); break;
      case 1: out[at] ^= 1 << random.below(8); break;
      case 2: out = Buffer.concat([out.subarray(0, at), out.subarray(at + length)]); break;
      case 3: out = Buffer.concat([out.subarray(0, at), random.bytes(length), out.subarray(at)]); break;
      default: if (random.chance(0.2)) out = out.subarray(0, at); else out = Buffer.concat([out.subarray(0, at), out.subarray(at, at + length), out.subarray(at)]);
    }
  }
  return out;
}
