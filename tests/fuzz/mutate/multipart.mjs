// Bodies of multipart/form-data with broken boundaries, heads and ends.
import { multipartBody } from '../../lib/multipart.mjs';
import { hostileTexts } from './values.mjs';

const heads = ['', 'content-disposition', 'content-disposition: form-data', 'content-disposition: form-data; name=', 'content-disposition: form-data; name="a', 'content-disposition: form-data; name="file"; filename*=UTF-8\'\'%FF%00',
  'content-disposition: attachment; name=file', `content-disposition: form-data; name="${'n'.repeat(70_000)}"`, ': x', 'content-type: text/plain', 'content-disposition: form-data; name="file"; filename="../../x\u0000.png"'];

/** {body, contentType} */
export function mutateMultipart(random) {
  const boundary = random.pick(['----b', 'b', '--', "a'()+_,-./:=?", 'x'.repeat(70), 'x'.repeat(300), '']);
  const names = ['file', 'columns', 'explain', 'file', '__proto__', ...hostileTexts];
  const parts = Array.from({ length: random.pick([0, 1, 1, 2, 3, 1500]) }, () => ({
    name: random.pick(names),
    filename: random.chance(0.6) ? random.pick(['a.txt', 'a.png', 'x.html', 'a.xlsx', ...hostileTexts]) : undefined,
    type: random.chance(0.6) ? random.pick(['text/plain', 'image/png', 'x', '', 'text/html; charset=']) : undefined,
    data: random.chance(0.5) ? random.bytes(random.pick([0, 1, 30, 3000])) : random.pick(['hello', `\r\n--${boundary}`, `--${boundary}--`, '\r\n\r\n', 'PK\u0003\u0004'.repeat(50), 'x'.repeat(200_000)]),
  }));
  let body = multipartBody(parts.map((part) => ({ ...part, data: part.data })), boundary);
  const spoil = [
    (bytes) => bytes,
    (bytes) => bytes.subarray(0, random.below(bytes.length + 1)),
    (bytes) => bytes.subarray(0, Math.max(0, bytes.length - random.between(1, 6))),
    (bytes) => Buffer.from(bytes.toString('latin1').replaceAll('\r\n', '\n'), 'latin1'),
    (bytes) => Buffer.concat([bytes, bytes]),
    (bytes) => Buffer.concat([random.bytes(20), Buffer.from('\r\n'), bytes]),
    () => Buffer.from(`--${boundary}\r\n${random.pick(heads)}\r\n\r\nx\r\n--${boundary}--\r\n`),
    () => Buffer.from(`--${boundary}\r\n${'x-a: b\r\n'.repeat(random.pick([10, 20_000]))}\r\nx\r\n--${boundary}--\r\n`),
    () => Buffer.from(`--${boundary}`.repeat(random.pick([1, 2, 3000]))),
    (bytes) => { const copy = Buffer.from(bytes); for (let i = 0; i < 5 && copy.length; ++i) copy[random.below(copy.length)] = random.below(256); return copy; },
  ];
  body = random.pick(spoil)(body);
  const type = random.pick([`multipart/form-data; boundary=${boundary}`, `multipart/form-data; boundary="${boundary}"`, 'multipart/form-data', 'multipart/form-data; boundary=other', `multipart/mixed; boundary=${boundary}`, `multipart/form-data; charset=utf-8; BOUNDARY=${boundary}`]);
  return { body, contentType: type };
}
