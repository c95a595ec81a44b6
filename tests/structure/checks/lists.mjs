// Two lists in the documentation are complete: the dependencies that CMake looks for, and the variables that are read.
const textOf = (files, path) => files.find((file) => file.path === path)?.text;
const named = (page, name) => new RegExp(`\`${name}\``).test(page);

export function dependencies(files) {
  const page = textOf(files, 'docs/explanation/dependencies.md');
  if (page === undefined) return ['docs/explanation/dependencies.md is missing'];
  const problems = [];
  for (const file of files.filter((f) => /(^|\/)CMakeLists\.txt$|^cmake\/.*\.cmake$/.test(f.path))) {
    const text = file.text.replace(/#[^\n]*/g, '');
    const found = [...text.matchAll(/find_package\(\s*(\w+)/g), ...text.matchAll(/pkg_check_modules\(\s*(\w+)/g)];
    for (const [, name] of found)
      if (!named(page, name)) problems.push(`${file.path}: ${name} is not in docs/explanation/dependencies.md`);
  }
  return problems;
}

const readers = /^src\/base\/(cluster_)?settings(_\w+)?\.cpp$/;

export function variables(files) {
  const page = textOf(files, 'docs/reference/environment.md');
  if (page === undefined) return ['docs/reference/environment.md is missing'];
  const problems = [];
  for (const file of files.filter((f) => readers.test(f.path))) {
    for (const name of new Set([...file.text.matchAll(/"([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|TZ)"/g)].map((match) => match[1])))
      if (!named(page, name)) problems.push(`${file.path}: ${name} is not in docs/reference/environment.md`);
  }
  for (const file of files.filter((f) => /^src\/.*\.cpp$/.test(f.path) && !/^src\/base\/(env|settings\w*|zone_offset)\.cpp$/.test(f.path)))
    if (/\bgetenv\(/.test(file.text)) problems.push(`${file.path}: reads the environment itself; settings come from base/settings.hpp`);
  return problems;
}
