// Values that say which cell they are in: texts and large numbers, each of which is given once in a run.
export class Markers {
  constructor() { this.given = 0; }
  text(letter, place) { return `${letter}~${place}~${(++this.given).toString(36)}~`; }
  number() { return 1_000_000 + 7 * ++this.given; }

  /** A new value for a field of this kind. */
  of(kind, place, random, choices) {
    if (kind === 'number') return this.number();
    if (kind in choices) return random.pick(choices[kind]);
    return this.text(random.pick(choices.letter), place);
  }
}

const isMarker = (value) => (typeof value === 'string' ? /~\w+\.\w+~\w+~/.test(value) : Number.isInteger(value) && value >= 1_000_000 && value < 100_000_000);

/** All markers anywhere in an answer, as they stand in its text. */
export function markersIn(answer, found = new Set()) {
  if (Array.isArray(answer)) for (const item of answer) markersIn(item, found);
  else if (answer !== null && typeof answer === 'object') for (const item of Object.values(answer)) markersIn(item, found);
  else if (isMarker(answer)) found.add(answer);
  return found;
}
