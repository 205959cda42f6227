import { expect, test } from 'vitest';
import { whyNot } from './files.ts';
import { initramfs } from './initramfs.ts';
import { systemdRoot } from './systemd.ts';

test('the root of a guest with systemd has its paths once, below /usr', ({ skip }) => {
  const why = whyNot(['systemd']);
  if (why !== undefined) skip(why);
  const root = systemdRoot(['true'], [{ kind: 'file', path: 'bin/program', content: '' }]);
  const paths = root.map(({ path }) => path);
  expect(paths.filter((path) => /^(bin|sbin|lib)\//.test(path))).toEqual([]);
  expect(paths).toEqual(expect.arrayContaining(['usr/bin/program', 'usr/lib/systemd/systemd', 'bin', 'steps']));
  expect(initramfs(root, 0).length).toBeGreaterThan(1 << 20);
});
