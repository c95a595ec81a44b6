// Tokens signed with the key a test server was started with.
import { createHmac, randomUUID } from 'node:crypto';

const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** HS256 (RFC 7519). */
export function sign(claims, key) {
  const text = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`;
  return `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`;
}

/** Claims of a session that begins now and lives for a day; `more` overrides. */
export function sessionClaims(userId, more = {}) {
  const now = Math.floor(Date.now() / 1000);
  return { userId, temp: true, iat: now, signInTime: now * 1000, exp: now + 86_400, jti: randomUUID(), ...more };
}
