// Every relative link and image of a Markdown file leads to a file of the repository, and to a heading that is there.
import { posix } from 'node:path';
import { lineOf } from '../tree.mjs';

const prose = (text) => text.replace(/```[\s\S]*?```/g, (block) => block.replace(/[^\n]/g, ' ')).replace(/`[^`\n]*`/g, (code) => ' '.repeat(code.length));

/** Anchors of a page by GitHub's rule: lower case, punctuation gone, blanks to '-', -1, -2 for repetitions. */
function anchors(text) {
  const seen = new Map();
  const all = new Set();
  for (const [, heading] of text.replace(/```[\s\S]*?```/g, '').matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)) {
    const plain = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, '').replace(/ /g, '-');
    const times = seen.get(plain) ?? 0;
    seen.set(plain, times + 1);
    all.add(times ? `${plain}-${times}` : plain);
  }
  return all;
}

export function links(files) {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const folders = new Set(files.flatMap((file) => file.path.split('/').map((_, i, parts) => parts.slice(0, i).join('/'))));
  const problems = [];
  for (const file of files.filter((f) => f.path.endsWith('.md'))) {
    const text = prose(file.text);
    const targets = [...text.matchAll(/\]\(([^)\s]+)(?:\s+"[^"]*")?\)/g), ...text.matchAll(/(?:src|srcset|href)="([^"]+)"/g)];
    for (const match of targets) {
      const target = match[1];
      if (/^[a-z]+:/i.test(target)) continue;
      const [path, anchor] = target.split('#');
      const full = path ? posix.normalize(posix.join(posix.dirname(file.path), path)).replace(/\/$/, '') : file.path;
      const where = `${file.path}:${lineOf(text, match.index)}`;
      if (!byPath.has(full) && !folders.has(full)) problems.push(`${where}: ${target} leads nowhere`);
      else if (anchor && full.endsWith('.md') && !anchors(byPath.get(full).text).has(anchor)) problems.push(`${where}: ${target} has no such heading`);
    }
  }
  return problems;
}
