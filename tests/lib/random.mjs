// Random choices that a seed repeats.

/** SEED of the environment, else a new one. */
export function chosenSeed() {
  const given = process.env.SEED;
  if (given === undefined || given === '') return Math.floor(Math.random() * 2 ** 31);
  if (!/^\d{1,10}$/.test(given)) throw new Error(`SEED: got "${given}", takes a whole number`);
  return Number(given);
}

/** A whole number of the environment. */
export function countOf(name, otherwise) {
  const given = process.env[name];
  if (given === undefined || given === '') return otherwise;
  if (!/^\d{1,9}$/.test(given)) throw new Error(`${name}: got "${given}", takes a whole number`);
  return Number(given);
}

/** mulberry32; one number of state is enough for choosing what to test. */
export class Random {
  constructor(seed, stream = 0) {
    this.state = seed >>> 0;
    for (const word of [0x9e3779b9, stream]) this.state = Math.imul(this.state ^ word, 0x85ebca6b) ^ (this.state >>> 13);
    this.next();
  }
  next() {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }
  /** 0 … n-1 */
  below(n) { return Math.floor(this.next() * n); }
  between(low, high) { return low + this.below(high - low + 1); }
  chance(p) { return this.next() < p; }
  pick(list) { return list[this.below(list.length)]; }
  bytes(n) { return Buffer.from(Array.from({ length: n }, () => this.below(256))); }
}
