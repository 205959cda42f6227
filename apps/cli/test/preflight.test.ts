import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { kexeckitHere, testFolder } from './kexeckit.ts';

const root = testFolder();

test('a host on which loading is disabled is told so, with exit code 1', async () => {
  const file = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  file('proc/sys/kernel/kexec_load_disabled', '1\n');
  file('proc/sys/kernel/osrelease', '6.1.0-50-arm64\n');
  const plain = await kexeckitHere(['preflight', '--root', root]);
  expect(plain.code).toBe(1);
  expect(plain.out).toMatch(/✗.*kexec_load_disabled/);
  expect(plain.err).toMatch(/in the way of kexec on this host/);
  const json = await kexeckitHere(['preflight', '--root', root, '--json']);
  expect(json.code).toBe(1);
  expect(JSON.parse(json.out)[0]).toMatchObject({ severity: 'blocker' });
});
