// What a module exports: values and types, its own and those of the files that it exports from.
import { posix } from 'node:path';
import { parseFile } from './syntax.mjs';

/** The names that `file` exports, sorted. */
export function exportedNames(root, file) {
  const { module } = parseFile(root, file);
  const names = module.staticExports.flatMap(({ entries }) =>
    entries.flatMap(({ importName, exportName, moduleRequest }) => {
      if (importName.kind !== 'AllButDefault') return [exportName.kind === 'Default' ? 'default' : exportName.name];
      const from = moduleRequest.value;
      if (!from.startsWith('.')) throw new Error(`${file} exports all of ${from}: name what it exports`);
      return exportedNames(root, posix.join(posix.dirname(file), from));
    }),
  );
  return [...new Set(names)].sort();
}
