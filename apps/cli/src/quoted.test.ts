import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { shellWord } from './quoted.ts';

test.for([
  ['Image', 'Image'],
  ['/boot/vmlinuz-6.1', '/boot/vmlinuz-6.1'],
  ['-x', './-x'],
  ['--help', './--help'],
  ['a b', "'a b'"],
  ['it\'s $(id) `id` \\ " * ~ ;\n', undefined],
  ['漢字', undefined],
  ['~root', undefined],
] as const)('a shell reads the path %j as it is', ([path, word]) => {
  const read = execFileSync('/bin/sh', ['-c', `printf %s ${shellWord(path)}`], { encoding: 'utf8' });
  expect(read).toBe(path.startsWith('-') ? `./${path}` : path);
  if (word !== undefined) expect(shellWord(path)).toBe(word);
});
