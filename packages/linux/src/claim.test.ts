import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { claimReboot } from './claim.ts';
import { plant } from './testing/tree.ts';

const BOOT = '0f7e5c1a-9a53-4a0e-8a0e-6f2d6a0b1c2d';
const LATER = '11111111-9a53-4a0e-8a0e-6f2d6a0b1c2d';
const bootOf = (boot: string) => ({ '/proc/sys/kernel/random/boot_id': `${boot}\n` });
const folderIn = (root: string): string => join(root, 'var/lib/kexeckit/rollouts');

test('a rollout gets one reboot of a host, and another rollout another', async () => {
  const root = await plant(bootOf(BOOT));
  const { path } = claimReboot({ rollout: 'r-1', bootId: BOOT, root });
  expect(path).toBe('/var/lib/kexeckit/rollouts/r-1');
  expect(JSON.parse(readFileSync(join(root, path), 'utf8'))).toMatchObject({ rollout: 'r-1', boot: BOOT });
  expect(() => claimReboot({ rollout: 'r-1', bootId: BOOT, root })).toThrow(
    expect.objectContaining({ name: 'LinuxError', code: 'EEXIST', message: expect.stringContaining(BOOT) }),
  );
  claimReboot({ rollout: 'r-2', bootId: BOOT, root });
  expect(readdirSync(folderIn(root)).sort()).toEqual(['r-1', 'r-2']);
});

test('the next boot knows it, whichever boot is named', async () => {
  const root = await plant(bootOf(BOOT));
  claimReboot({ rollout: 'r-1', bootId: BOOT, root });
  writeFileSync(join(root, 'proc/sys/kernel/random/boot_id'), `${LATER}\n`);
  for (const bootId of [BOOT, LATER])
    expect(() => claimReboot({ rollout: 'r-1', bootId, root })).toThrow(
      expect.objectContaining({ code: 'EEXIST', message: expect.stringContaining(BOOT) }),
    );
});

test('another boot than the one that may be left is refused, and nothing is claimed', async () => {
  const root = await plant(bootOf(LATER));
  expect(() => claimReboot({ rollout: 'r-1', bootId: BOOT, root })).toThrow(
    expect.objectContaining({ code: 'ESTALE', message: expect.stringContaining(LATER) }),
  );
  claimReboot({ rollout: 'r-1', bootId: LATER, root });
});

test('what was withdrawn can be claimed again', async () => {
  const root = await plant(bootOf(BOOT));
  claimReboot({ rollout: 'r-1', bootId: BOOT, root }).withdraw();
  expect(readdirSync(folderIn(root))).toEqual([]);
  claimReboot({ rollout: 'r-1', bootId: BOOT, root });
});

test('a claim that was cut off counts', async () => {
  const root = await plant({ ...bootOf(BOOT), '/var/lib/kexeckit/rollouts/r-1': '' });
  expect(() => claimReboot({ rollout: 'r-1', bootId: BOOT, root })).toThrow(
    expect.objectContaining({ code: 'EEXIST', message: expect.stringContaining('boot unknown') }),
  );
});

test.each(['', '..', '../r', 'a/b', '-r', 'a b', 'x'.repeat(129)])('%j is the name of no rollout', async (rollout) => {
  const root = await plant(bootOf(BOOT));
  expect(() => claimReboot({ rollout, bootId: BOOT, root })).toThrow(expect.objectContaining({ code: 'EINVAL' }));
});

test('a link that leads elsewhere is not written through', async () => {
  const root = await plant(bootOf(BOOT));
  mkdirSync(folderIn(root), { recursive: true });
  symlinkSync(join(root, 'elsewhere'), join(folderIn(root), 'r-1'));
  expect(() => claimReboot({ rollout: 'r-1', bootId: BOOT, root })).toThrow(
    expect.objectContaining({ code: 'EEXIST' }),
  );
  expect(readdirSync(root)).not.toContain('elsewhere');
});

test('a place that cannot be written to is an error, and so is a host without /proc', async () => {
  const root = await plant({ ...bootOf(BOOT), '/var/lib/kexeckit': 'a file' });
  expect(() => claimReboot({ rollout: 'r-1', bootId: BOOT, root })).toThrow(expect.objectContaining({ code: 'EIO' }));
  expect(() => claimReboot({ rollout: 'r-1', bootId: BOOT, root: join(root, 'none') })).toThrow(
    expect.objectContaining({ code: 'EIO', path: '/proc/sys/kernel/random/boot_id' }),
  );
});
