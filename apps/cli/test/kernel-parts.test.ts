import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { generateWorkload, minimalDeviceTree, parsePlan, type RebootPlan } from '@kexeckit/reboot';
import { makeUki, makeZboot } from '@kexeckit/testing';
import { describe, expect, test } from 'vitest';
import { kexeckitHere, type Outcome, testFolder } from './kexeckit.ts';

const folder = testFolder();
const { kernel, initrd } = generateWorkload(300_000, 100_000, 1);
const others = generateWorkload(300_000, 60_000, 2);
/** A tree as a kernel's package has it: what firmware fills in is not there. */
const bareTree = minimalDeviceTree([], 3);

function file(name: string, bytes: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

const uki = file(
  'some.uki',
  makeUki({ '.linux': kernel, '.initrd': initrd, '.cmdline': Buffer.from('quiet ro'), '.dtb': bareTree }),
);
const noise = file('noise', Buffer.alloc(5000, 'noise'));
const image = file('Image', kernel);
const archive = file('initrd', initrd);

interface Planned extends Outcome {
  readonly plan: RebootPlan;
}

/** Reboots, and reads the plan that was saved. */
async function planned(name: string, ...args: string[]): Promise<Planned> {
  const path = join(folder, `${name}.json`);
  const outcome = await kexeckitHere(['reboot', '--strategy', 'mmu-on', '--save-plan', path, ...args]);
  expect(outcome, outcome.err).toMatchObject({ code: 0 });
  return { ...outcome, plan: parsePlan(readFileSync(path, 'utf8')) };
}

describe('a unified kernel image', () => {
  test('gives all that was not given by hand, and that is said', async () => {
    const { plan, out } = await planned('uki', '--kernel', uki);
    expect(plan).toMatchObject({
      cmdline: 'quiet ro',
      inputs: { initrd: { bytes: initrd.length } },
    });
    expect(plan.wishes.takes).toEqual(['initrd', 'cmdline', 'dtb']);
    expect(out).toContain('taken from the kernel file: initramfs, command line "quiet ro", device tree');
    expect(out).toMatch(/names no memory: \d+ MiB are filled in/);
  });

  test('gives nothing where all is given by hand, and that is said, too', async () => {
    const other = file('other', others.initrd);
    const tree = file('board.dtb', minimalDeviceTree([{ start: 0x8000_0000n, end: 0xffff_ffffn }], 4));
    const { plan, out } = await planned('hand', '--kernel', uki, '--initrd', other, '--append', 'mine', '--dtb', tree);
    expect(plan.wishes).toMatchObject({ takes: [], cmdline: 'mine' });
    expect(plan.inputs).toMatchObject({ initrd: { bytes: others.initrd.length } });
    expect(out).toContain('not used, though the kernel file has it: initramfs, command line "quiet ro", device tree');
  });

  test('is the same when its plan is proved and run, and another one is not', async () => {
    const path = join(folder, 'uki-again.json');
    await planned('uki-again', '--kernel', uki);
    expect(await kexeckitHere(['run', path, '--kernel', uki])).toMatchObject({ code: 0 });
    const bare = await kexeckitHere(['prove', path, '--kernel', image, '--initrd', archive]);
    expect(bare.err).toMatch(/ESTALE: .*: the kernel file, the device tree file changed/);
  });

  test('in gzip is one all the same', async () => {
    const packed = file('some.uki.gz', gzipSync(readFileSync(uki)));
    const { plan } = await planned('packed', '--kernel', packed, '--json');
    expect(plan.wishes.takes).toEqual(['initrd', 'cmdline', 'dtb']);
  });
});

describe('an initramfs that Linux would not unpack', () => {
  test.each([
    ['noise', noise, 'no initramfs: '],
    ['a kernel', image, 'this is a kernel'],
    ['a kernel in gzip', file('Image.gz', gzipSync(kernel)), 'this is a kernel'],
    ['an archive that is cut', file('cut', initrd.subarray(0, 5000)), 'cut short'],
  ])('%s is refused with --force named', async (_, path, text) => {
    const { code, out, err } = await kexeckitHere(['reboot', '--kernel', image, '--initrd', path]);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain(text);
    expect(err).toMatch(/^ {2}EINVAL: .*; --force takes it as it is$/m);
  });

  test('is taken with --force: the plan says so, wherever it is shown, and is run without asking again', async () => {
    const files = ['--kernel', image, '--initrd', noise];
    const { plan, out } = await planned('forced', ...files, '--force');
    expect(plan.wishes.anyInitrd).toBe(true);
    expect(out).toContain('the initramfs is taken as it is (--force), though no initramfs: ');
    const path = join(folder, 'forced.json');
    const proved = await kexeckitHere(['prove', path, ...files]);
    expect(proved.out).toContain('the initramfs is taken as it is (--force)');
    const { out: json } = await kexeckitHere(['run', path, ...files, '--json']);
    expect(JSON.parse(json).reboots[0].notes).toEqual([expect.stringContaining('--force')]);
  });

  test('--force says nothing of one that is recognised', async () => {
    const { plan } = await planned('needless', '--kernel', image, '--initrd', archive, '--force');
    expect(plan.notes).toEqual([]);
  });
});

describe('what cannot be unpacked is named, and the command that is printed unpacks it', () => {
  const noXz = spawnSync('xz', ['--version']).error && 'xz is not installed';
  const lzma = noXz === undefined ? execFileSync('xz', ['--format=lzma', '-c', image]) : Buffer.of();
  const zboot = makeZboot('lzma', lzma);
  const odd = "it's a kernel.gz";
  test.for([
    ['a zboot', file('zboot', zboot)],
    ['a zboot in a unified kernel image', file('zboot.uki', makeUki({ '.osrel': Buffer.from('x'), '.linux': zboot }))],
    ['a zboot in gzip, by an odd name', file(odd, gzipSync(zboot))],
  ] as const)('%s', async ([, path], { skip }) => {
    if (noXz !== undefined) skip(noXz);
    const { code, err } = await kexeckitHere(['reboot', '--kernel', path]);
    expect(code).toBe(1);
    expect(err).toContain(`EOPNOTSUPP: ${path}: cannot undo lzma`);
    const [, command = 'false'] = /unpack it yourself: (.*) > Image$/m.exec(err) ?? [];
    expect(execFileSync('/bin/sh', ['-c', command], { maxBuffer: 2 ** 24 }).equals(kernel)).toBe(true);
  });
});

test.each([
  ['an initramfs', initrd, /cpio|initramfs/],
  ['lzo', Buffer.from('894c5a4f000d0a1a0a', 'hex'), /lzo/],
  ['Android vendor_boot', Buffer.from('VNDRBOOT'.padEnd(4096, '\0')), /vendor_boot/],
  ['a Debian package', Buffer.from('!<arch>\ndebian-binary   '), /package/],
  ['an RPM package', Buffer.from('edabeedb03000000'.padEnd(300, '0'), 'hex'), /package/],
  ['a device tree', bareTree, /device tree/],
])('%s in the place of the kernel is named', async (what, bytes, message) => {
  const { code, err } = await kexeckitHere(['reboot', '--kernel', file(`in place of ${what}`, bytes)]);
  expect(err.trim().split('\n')).toHaveLength(2);
  expect(err).toMatch(message);
  expect(code).toBe(1);
});
