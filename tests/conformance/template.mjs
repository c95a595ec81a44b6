// Turns a recorded request into the one to send: variables, long texts, forms.
import { multipartBody } from '../lib/multipart.mjs';

const isObject = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);

/** A replay's memory: values that earlier answers gave, and the names somebody asked for in vain. */
export class Variables {
  constructor(values = {}) { this.values = { ...values }; this.missing = new Set(); }
  /** Templates of NocoBase's own, as `{{ ctx.state.currentUser.id }}`, are no variables and stay. */
  text(text) {
    return text.replace(/\{\{([A-Za-z]\w*)\}\}/g, (all, name) => {
      if (name in this.values) return String(this.values[name]);
      this.missing.add(name);
      return all;
    });
  }
  /** Every text inside a JSON value; a text that is one variable takes over its type. */
  value(value) {
    if (typeof value === 'string') {
      const whole = /^\{\{([A-Za-z]\w*)\}\}$/.exec(value);
      return whole && whole[1] in this.values ? this.values[whole[1]] : this.text(value);
    }
    if (Array.isArray(value)) return value.map((item) => this.value(item));
    if (!isObject(value)) return value;
    if ('$repeat' in value) return value.$repeat.repeat(value.times);
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, this.value(inner)]));
  }
}

function formPart(part, variables) {
  const { data = '' } = part;
  if (isObject(data) && 'base64' in data) return { ...part, data: Buffer.from(data.base64, 'base64') };
  const filled = variables.value(data);
  return { ...part, data: typeof filled === 'string' ? filled : JSON.stringify(filled) };
}

/** {method, path, headers, body} ready to be sent. */
export function fillRequest(request, variables) {
  const { method, path, body } = request;
  const headers = Object.fromEntries(Object.entries(request.headers ?? {}).map(([name, value]) => [name, variables.text(value)]));
  const filled = { method, path: variables.text(path), headers };
  if (body === null || body === undefined) return filled;
  if (isObject(body) && '$multipart' in body) {
    const boundary = /boundary=([^;]+)/.exec(headers['content-type'] ?? '')?.[1] ?? '----flotilla-replay';
    headers['content-type'] = `multipart/form-data; boundary=${boundary}`;
    return { ...filled, body: multipartBody(body.$multipart.map((part) => formPart(part, variables)), boundary) };
  }
  if (isObject(body) && '$raw' in body) return { ...filled, body: variables.text(body.$raw) };
  headers['content-type'] ??= 'application/json';
  return { ...filled, body: JSON.stringify(variables.value(body)) };
}
