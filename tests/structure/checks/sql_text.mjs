// SQL text is written in src/data/sql and src/adapters only, so that a further database has one place to look at.
import { isSource, lineOf, withoutComments } from '../tree.mjs';

const home = /^src\/(data\/sql|adapters)\//;
// In capitals and with something after it: `"DELETE"` is a method of HTTP, `"Update the record"` a sentence.
const statement = /^\s*(SELECT|INSERT (INTO|OR)|UPDATE|DELETE FROM|CREATE|ALTER|DROP|PRAGMA)\s/;

export function sqlText(files) {
  const problems = [];
  for (const file of files.filter((f) => isSource(f) && !home.test(f.path))) {
    const text = withoutComments(file.text);
    for (const match of text.matchAll(/"((?:\\.|[^"\\\n])*)"|R"([^(\s]*)\(([\s\S]*?)\)\2"/g)) {
      const literal = match[1] ?? match[3];
      if (statement.test(literal)) problems.push(`${file.path}:${lineOf(text, match.index)}: SQL text "${literal.trim().slice(0, 50)}"`);
    }
  }
  return problems;
}
