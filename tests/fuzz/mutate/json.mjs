// Bodies of JSON: other values, other shapes, and texts that are no JSON any more.
import { hostileTexts, hostileValue, nested } from './values.mjs';

/** Every place of a value as [holder, key]. */
function places(value, out = []) {
  if (value === null || typeof value !== 'object') return out;
  for (const key of Object.keys(value)) { out.push([value, key]); places(value[key], out); }
  return out;
}

export function mutateValue(value, random) {
  const whole = { value: structuredClone(value ?? {}) };
  const all = [[whole, 'value'], ...places(whole.value)];
  for (let i = random.between(1, 3); i > 0; --i) {
    const [holder, key] = random.pick(all);
    switch (random.below(6)) {
      case 0: case 1: case 2: holder[key] = hostileValue(random); break;
      case 3: if (Array.isArray(holder)) holder.splice(Number(key), 1); else delete holder[key]; break;
      case 4: if (!Array.isArray(holder)) holder[random.pick(hostileTexts)] = holder[key]; else holder.push(holder[key]); break;
      default: holder[key] = random.chance(0.5) ? [holder[key], holder[key]] : { [key]: holder[key] };
    }
  }
  return whole.value;
}

const broken = [
  (text, random) => text.slice(0, random.below(text.length + 1)),
  (text, random) => text + random.pick([',', '}', ']', '{"a":1}', '\u0000', ' x', '\n\n', '\ufeff']),
  (text, random) => random.pick(['\ufeff', ' ', '//c\n', '[', '{', '\u0000']) + text,
  (text) => text.replaceAll('"', "'"),
  (text) => text.replace(/:/, ''),
  (text, random) => text.replace(/\d+/, random.pick(['01', '1e999', '-', '.5', '1.', 'NaN', 'Infinity', '0x10', '1'.repeat(400), '-0', '1e-999'])),
  (text, random) => text.replace(/"([^"]*)"/, random.pick(['"\\u12"', '"\\ud800"', '"\\udc00\\ud800"', '"\\x41"', '"\t"', '"\\u0000"', '"'])),
  (text, random) => '['.repeat(random.pick([10, 100, 5000, 100_000])) + text,
  (text, random) => JSON.stringify(nested(random, random.pick([50, 500, 2000]))),
  (text) => text.replace(/^\{/, '{"id":1,"id":[],"__proto__":{"a":1},'),
  (text) => `{"values":${text},"filterKeys":[{}]}`,
  (text, random) => JSON.stringify(Array.from({ length: random.pick([0, 1, 300, 12_000]) }, () => 0)),
];

/** Text or bytes to send as a JSON body. */
export function mutateJson(value, random) {
  if (random.chance(0.7)) return JSON.stringify(mutateValue(value, random)) ?? '';
  const text = random.pick(broken)(JSON.stringify(value ?? {}), random);
  if (!random.chance(0.15)) return text;
  const bytes = Buffer.from(text);
  for (let i = random.between(1, 4); i > 0 && bytes.length > 0; --i) bytes[random.below(bytes.length)] = random.pick([0x80, 0xff, 0xc0, 0xed, 0x00, 0xf8]);
  return bytes;
}
