// Kubernetes' published schemas, as the package kubernetes-models has them: compiled validators, one a kind.
import { parseAllDocuments } from 'yaml';

/** The objects of a text of YAML. A key twice in a mapping is an error. */
export const objectsOf = (text) => parseAllDocuments(text).map((document) => {
  if (document.errors.length) throw document.errors[0];
  return document.toJS();
}).filter(Boolean);

/** The compiled validators let unknown keys pass. They never look at one, though: this sees at what they look. */
function watched(value, path, unseen) {
  if (typeof value !== 'object' || value === null) return value;
  const seen = new Set(), children = new Map();
  unseen.push(() => Object.keys(value).filter((key) => !seen.has(key)).map((key) => `${path}/${key} is not known`));
  return new Proxy(value, {
    get(target, key) {
      if (typeof key !== 'string') return target[key];
      seen.add(key);
      if (!children.has(key)) children.set(key, watched(target[key], `${path}/${key}`, unseen));
      return children.get(key);
    },
    // Free maps, such as labels, are gone through as a whole.
    ownKeys(target) { Object.keys(target).forEach((key) => seen.add(key)); return Reflect.ownKeys(target); },
  });
}

const typed = (object) => `${object.kind} ${object.metadata?.name}`;

/** What the schema of its kind has against an object: a list, empty when there is nothing. */
export async function problemsOf(object) {
  const { [object.kind]: Model } = await import(`kubernetes-models/${object.apiVersion}/${object.kind}`);
  const unseen = [];
  try {
    Model.prototype.validate.call(watched(object, '', unseen));
  } catch (error) {
    return [`${typed(object)}: ${error.message}`];
  }
  return unseen.flatMap((keys) => keys()).map((problem) => `${typed(object)}: ${problem}`);
}
