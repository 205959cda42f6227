// What the programs of distributions and of the kernel's own build make, of Debian's kernel.
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { imageOf, kernelVersions, whyMissing } from '@kexeckit/guests';
import { skipWithout } from '@kexeckit/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { recogniseInitramfs } from '../src/recognise/initramfs.ts';
import { recognise } from '../src/recognise/recognise.ts';
import { makeCpio, makeFit } from '../src/testing/containers.ts';
import { firstDifference } from '../src/testing/equal.ts';
import { thrownBy } from '../src/testing/errors.ts';
import { concat, makePe, makeZboot, withFields } from '../src/testing/make.ts';
import { type Unpacked, unpack } from '../src/unpack.ts';
import { realImage, smallImage, stub, toolOf, Workshop, whyNoTools, whyNot } from './workshop.ts';

/** Why the programs that make these files are not here: such a test is left out with that reason, and fails the run where CI is set. */
const why = whyNoTools() ?? whyNot('zstd') ?? whyNot('lz4') ?? whyNot('xz') ?? whyNot('cpio') ?? whyNot('bzip2');
const initrd = makeCpio();
const dtb = makeFit({ compatible: 'a,board' });
let workshop: Workshop;
let image: Uint8Array;

beforeAll(() => {
  workshop = new Workshop();
  if (why !== undefined) return;
  image = smallImage();
  workshop.put('Image', image);
  workshop.put('initrd', initrd);
  workshop.put('board.dtb', dtb);
});

afterAll(() => workshop.remove());

function expectImage({ image: found }: Unpacked, expected: Uint8Array = image): void {
  expect(firstDifference(found, expected)).toBe(-1);
}

/** That a file is refused, and that what is advised gives the kernel. */
async function expectAdvice(file: Uint8Array): Promise<void> {
  workshop.put('FILE', file);
  const { code, hint } = await thrownBy(() => unpack(file));
  expect(code).toBe('EOPNOTSUPP');
  workshop.shell(hint.replace('unpack it yourself: ', '').replace('> Image', '> unpacked'));
  expect(firstDifference(workshop.get('unpacked'), image)).toBe(-1);
}

// The compressions of the kernel's build (scripts/Makefile.lib), each of which reads a pipe.
const BUILD: [string, string][] = [
  ['gzip', 'gzip -n -f -9'],
  ['zstd', 'zstd -19'],
  ['zstd22', 'zstd -22 --ultra'],
  ['lz4', 'lz4 -l -9'],
  ['xzkern', 'xz --check=crc32 --lzma2=dict=128MiB'],
];
/** The kernel as a command packs it, which is run once. */
function packed(command: string): Uint8Array {
  const bytes = made.get(command) ?? workshop.shell(`cat Image | ${command}`);
  made.set(command, bytes);
  return bytes;
}
const made = new Map<string, Uint8Array>();
const sizeBehind = (name: string): Uint8Array =>
  name === 'gzip' ? new Uint8Array(0) : withFields(new Uint8Array(4), [0, 4, image.length]);

describe('zboot as the kernel is built', () => {
  test.for(BUILD)('%s: %s', async ([name, command], ctx) => {
    skipWithout(ctx, why);
    const payload = packed(command);
    expectImage(await unpack(makeZboot(name, payload, sizeBehind(name))));
    // The same as a file of its own, as for other boot loaders.
    expectImage(await unpack(payload));
  });

  test.for([
    ['lzma', 'lzma -9'],
    ['lzo', 'lzop -9'],
    ['xzkern', 'xz --check=crc32 --arm64 --lzma2'],
  ])(
    '%s: the command that is advised gives the kernel, wherever the zboot file lies: %s',
    async ([name, command], ctx) => {
      skipWithout(ctx, why);
      const zboot = makeZboot(name ?? '', packed(command ?? ''), sizeBehind(name ?? ''));
      const uki = makePe(0xaa64, [
        { name: '.cmdline', bytes: new TextEncoder().encode('quiet') },
        { name: '.linux', bytes: zboot },
      ]);
      const gzipped = (bytes: Uint8Array): Uint8Array => workshop.run('gzip', ['-1c'], bytes);
      for (const file of [zboot, uki, gzipped(zboot), gzipped(uki)]) {
        await expectAdvice(file);
      }
    },
  );
});

test.for(['bzip2 -9', 'lzma -9', 'lzop -9', 'xz --check=crc32 --arm64 --lzma2'])(
  'a file of its own, as other targets of the build make it: the command that is advised gives the kernel: %s',
  async (command, ctx) => {
    skipWithout(ctx, why);
    await expectAdvice(packed(command));
  },
);

describe('an initramfs of cpio, as mkinitramfs packs it', () => {
  test.for(['cat', 'gzip -1', 'zstd -q', 'xz --check=crc32', 'lz4 -l', 'bzip2', 'lzma', 'lzop'])(
    '%s',
    async (command, ctx) => {
      skipWithout(ctx, why);
      workshop.put('init', '#!/bin/sh\n');
      workshop.shell(`printf 'init\\nboard.dtb\\n' | cpio -o -H newc --quiet | ${command} > initramfs`);
      const kind = command === 'cat' ? 'newc' : 'compressed';
      expect((await recogniseInitramfs(workshop.get('initramfs'))).kind).toBe(kind);
      if (/bzip2|lzma|lzop/.test(command)) return;
      expect((await thrownBy(() => recogniseInitramfs(packed(command)))).hint).toContain('this is a kernel');
    },
  );
});

test('an archive of cpio with sums, also of a file of two names; a changed byte is seen', async (ctx) => {
  skipWithout(ctx, why);
  workshop.shell('printf "#!/bin/sh\\n" > one; ln -f one two; ln -sf one three');
  workshop.shell("printf 'one\\ntwo\\nthree\\n' | cpio -o -H crc --quiet > sums");
  const archive = workshop.get('sums');
  expect((await recogniseInitramfs(archive)).kind).toBe('crc');
  archive[Buffer.from(archive).indexOf('#!/bin/sh')] = 0;
  expect((await thrownBy(() => recogniseInitramfs(archive))).code).toBe('EBADMSG');
});

test.for(['gzip -9', 'zstd', 'xz', 'xz --check=crc32 --lzma2=dict=128MiB', 'lz4', 'lz4 -l -9'])(
  'a tree behind the kernel, as Image.lz4-dtb and its like have it: %s',
  async (command, ctx) => {
    skipWithout(ctx, why);
    const unpacked = await unpack(concat(packed(command), dtb));
    expectImage(unpacked);
    expect(unpacked.parts).toEqual({ dtb });
  },
);

test('a package of dpkg-deb is named', async (ctx) => {
  skipWithout(ctx, why);
  workshop.shell(
    'mkdir -p p/DEBIAN && printf "Package: x\\nVersion: 1\\nArchitecture: arm64\\nMaintainer: x\\nDescription: x\\n" > p/DEBIAN/control',
  );
  workshop.run('dpkg-deb', ['--root-owner-group', '-b', 'p', 'x.deb']);
  expect((await thrownBy(() => unpack(workshop.get('x.deb')))).message).toContain('a Debian package');
});

test.for(kernelVersions)('Debian %s is whole, and its first bytes are not', async (version, ctx) => {
  const missing = whyMissing([`linux-${version}`]);
  skipWithout(ctx, missing);
  const bytes = new Uint8Array(readFileSync(imageOf(version)));
  expectImage(await unpack(bytes), bytes);
  for (let size = 64; size <= 300; size++)
    expect((await thrownBy(() => unpack(bytes.subarray(0, size)))).code).toBe('ENODATA');
});

test('a unified kernel image of ukify', async (ctx) => {
  skipWithout(ctx, why);
  const kernel = realImage();
  const linux = workshop.put('linux', kernel);
  const ukify = toolOf('image-tools', 'ukify');
  const given = ['--linux', linux, '--initrd', 'initrd', '--cmdline', 'quiet ro', '--devicetree', 'board.dtb'];
  const more = [
    '--uname',
    '6.1.0-arm64',
    '--stub',
    stub('linux'),
    '--efi-arch',
    'aa64',
    '--os-release',
    'ID=x',
    '--output',
    'uki.efi',
  ];
  workshop.run('python3', [ukify, 'build', ...given, ...more]);
  const unpacked = await unpack(workshop.get('uki.efi'));
  expectImage(unpacked, kernel);
  expect(unpacked.format).toBe('PE');
  expect(unpacked.parts).toEqual({ initrd, dtb, cmdline: 'quiet ro', release: '6.1.0-arm64' });
});

test('profiles of ukify: the first one is taken', async (ctx) => {
  skipWithout(ctx, why);
  const ukify = toolOf('image-tools', 'ukify');
  const build = (...args: string[]) => workshop.run('python3', [ukify, 'build', '--efi-arch', 'aa64', ...args]);
  const bare = ['--stub', stub('linux'), '--os-release', 'ID=x'];
  build('--profile', 'ID=other', '--cmdline', 'other', '--output', 'other.efi', '--stub', stub('addon'));
  const main = ['--linux', 'Image', '--profile', 'ID=main', '--cmdline', 'main', '--join-profile', 'other.efi'];
  build(...bare, ...main, '--uname', '6.1.0', '--output', 'profiles.efi');
  const unpacked = await unpack(workshop.get('profiles.efi'));
  expectImage(unpacked);
  expect(unpacked.parts).toEqual({ cmdline: 'main', release: '6.1.0' });
  expect(unpacked.steps).toContain('took the first of its 2 profiles');
});

const HASHES = ['crc32', 'md5', 'sha1', 'sha256', 'sha384', 'sha512'];
const hashNodes = HASHES.map((algo, index) => `hash-${index + 1} { algo = "${algo}"; };`).join(' ');
const its = (compression: string, file: string): string => `/dts-v1/;
/ {
  description = "a kernel"; #address-cells = <1>;
  images {
    kernel { data = /incbin/("${file}"); type = "kernel"; arch = "arm64"; os = "linux"; compression = "${compression}";
      load = <0x80000>; entry = <0x80000>; ${hashNodes} };
    fdt-1 { data = /incbin/("board.dtb"); type = "flat_dt"; arch = "arm64"; compression = "none"; ${hashNodes} };
    ramdisk-1 { data = /incbin/("initrd"); type = "ramdisk"; arch = "arm64"; os = "linux"; compression = "none"; ${hashNodes} };
  };
  configurations { default = "conf-1"; conf-1 { kernel = "kernel"; fdt = "fdt-1"; ramdisk = "ramdisk-1"; }; };
};`;

const SIGNED = `/dts-v1/;
/ {
  description = "two kernels"; #address-cells = <1>;
  images {
    kernel-1 { data = /incbin/("other.data"); type = "kernel"; arch = "arm64"; os = "linux"; compression = "gzip";
      load = <0x80000>; entry = <0x80000>; hash-1 { algo = "sha256"; }; };
    kernel-2 { data = /incbin/("kernel.data"); type = "kernel"; arch = "arm64"; os = "linux"; compression = "none";
      load = <0x80000>; entry = <0x80000>; hash-1 { algo = "sha256"; }; };
  };
  configurations {
    default = "conf-2";
    conf-1 { kernel = "kernel-1"; };
    conf-2 { kernel = "kernel-2";
      signature { algo = "sha256,rsa2048"; key-name-hint = "dev"; sign-images = "kernel"; }; };
  };
};`;

describe('of mkimage', () => {
  const mkimage = toolOf('uboot-tools', 'mkimage');

  test.for([
    ['none', 'cat', []],
    ['gzip', 'gzip -9', []],
    ['lz4', 'lz4 -l', []],
    ['zstd', 'zstd', []],
    ['gzip', 'gzip -9', ['-E']],
    ['none', 'cat', ['-E', '-p', '0x1000']],
  ] as [string, string, string[]][])('a FIT image: %s (%s) %j', async ([compression, command, options], ctx) => {
    skipWithout(ctx, why);
    workshop.put('kernel.data', packed(command));
    workshop.put('kernel.its', its(compression, 'kernel.data'));
    workshop.run(mkimage, [...options, '-f', 'kernel.its', 'kernel.itb']);
    const file = workshop.get('kernel.itb');
    expect(recognise(file).format).toBe('fit');
    const unpacked = await unpack(file);
    expectImage(unpacked);
    expect(unpacked.parts).toEqual({ initrd, dtb });
    const damaged = file.slice();
    damaged[file.length >> 1] = (damaged[file.length >> 1] ?? 0) ^ 1;
    expect((await thrownBy(() => unpack(damaged))).code).toBe('EBADMSG');
  });

  test.for(['hash', 'hash1', 'hash@1'])('a hash in a node called %s is checked', async (name, ctx) => {
    skipWithout(ctx, why);
    workshop.put('kernel.data', packed('gzip -9'));
    workshop.put('kernel.its', its('gzip', 'kernel.data').replaceAll(hashNodes, `${name} { algo = "sha256"; };`));
    workshop.run(mkimage, ['-f', 'kernel.its', 'kernel.itb']);
    const file = workshop.get('kernel.itb');
    expectImage(await unpack(file));
    // The time in the header of gzip: nothing else sees it.
    const at = Buffer.from(file).indexOf(Buffer.from(packed('gzip -9').subarray(0, 16)));
    file[at + 4] = (file[at + 4] ?? 0) ^ 1;
    expect((await thrownBy(() => unpack(file))).message).toContain('the sha256 of kernel');
  });

  test('a FIT image whose tree is compressed with what is not undone: the kernel, and the command for the tree', async (ctx) => {
    skipWithout(ctx, why);
    workshop.put('kernel.data', packed('cat'));
    workshop.shell('lzma -c < board.dtb > board.dtb.lzma');
    const tree = 'type = "flat_dt"; arch = "arm64"; compression = "';
    const source = its('none', 'kernel.data')
      .replace('board.dtb', 'board.dtb.lzma')
      .replace(`${tree}none`, `${tree}lzma`);
    workshop.put('kernel.its', source);
    workshop.run(mkimage, ['-f', 'kernel.its', 'FILE']);
    const unpacked = await unpack(workshop.get('FILE'));
    expectImage(unpacked);
    expect(unpacked.parts).toEqual({ initrd });
    workshop.shell(unpacked.steps.join('').split('data: ')[1] ?? '');
    expect(workshop.get('tree.dtb')).toEqual(dtb);
  });

  test('a FIT image of several configurations, signed: which one is taken, and that signatures are not checked', async (ctx) => {
    skipWithout(ctx, why);
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    workshop.put('dev.key', privateKey.export({ type: 'pkcs1', format: 'pem' }));
    workshop.put('kernel.data', packed('cat'));
    workshop.put('other.data', packed('gzip -1'));
    workshop.put('signed.its', SIGNED);
    workshop.run(mkimage, ['-k', '.', '-f', 'signed.its', 'signed.itb']);
    const file = workshop.get('signed.itb');
    const { steps, image: found } = await unpack(file);
    expect(firstDifference(found, image)).toBe(-1);
    expect(steps).toContain('left its signatures unchecked');
    expect(steps[0]).toContain('as its configuration conf-2 has it (others: conf-1)');
    expect((await unpack(file, { configuration: 'conf-1' })).steps).toContain('undid gzip');
  });

  test('a FIT image whose compression is not undone: the command that is advised gives the kernel', async (ctx) => {
    skipWithout(ctx, why);
    workshop.put('kernel.data', packed('xz --format=lzma -1'));
    workshop.put('kernel.its', its('lzma', 'kernel.data'));
    workshop.run(mkimage, ['-f', 'kernel.its', 'FILE']);
    await expectAdvice(workshop.get('FILE'));
  });

  test.for([
    ['none', 'cat', 'kernel.data', {}],
    ['none', 'cat', 'kernel.data', {}, 'kernel_noload'],
    ['gzip', 'gzip -9', 'kernel.data', {}],
    ['gzip', 'gzip -9', 'kernel.data:initrd:board.dtb', { initrd, dtb }],
  ] as [string, string, string, object, string?][])(
    'a uImage: %s (%s) of %s',
    async ([compression, command, data, parts, single = 'kernel'], ctx) => {
      skipWithout(ctx, why);
      workshop.put('kernel.data', packed(command));
      const type = data.includes(':') ? 'multi' : single;
      const fields = [
        '-A',
        'arm64',
        '-O',
        'linux',
        '-T',
        type,
        '-C',
        compression,
        '-a',
        '80000',
        '-e',
        '80000',
        '-n',
        'x',
      ];
      workshop.run(mkimage, [...fields, '-d', data, 'uImage']);
      const unpacked = await unpack(workshop.get('uImage'));
      expectImage(unpacked);
      expect(unpacked.parts).toEqual(parts);
    },
  );
});

describe('an Android boot image of mkbootimg', () => {
  test.for([0, 1, 2, 3, 4])('version %i', async (version, ctx) => {
    skipWithout(ctx, why);
    workshop.put('Image.gz-dtb', concat(packed('gzip -1'), dtb));
    const kernel = ['--kernel', version < 3 ? 'Image' : 'Image.gz-dtb', '--ramdisk', 'initrd', '--cmdline', 'quiet ro'];
    const tree = version === 2 ? ['--dtb', 'board.dtb'] : [];
    const more = ['--header_version', `${version}`, '--pagesize', '4096', ...tree, '-o', 'boot.img'];
    workshop.run('python3', [toolOf('image-tools', 'mkbootimg'), ...kernel, ...more]);
    const unpacked = await unpack(workshop.get('boot.img'));
    expectImage(unpacked);
    const hasTree = version === 2 || version >= 3;
    expect(unpacked.parts).toEqual({ initrd, cmdline: 'quiet ro', ...(hasTree && { dtb }) });
  });

  test('the kernel compressed as Android does it, with lz4', async (ctx) => {
    skipWithout(ctx, why);
    workshop.put('Image.lz4', packed('lz4 -l -9'));
    const given = ['--kernel', 'Image.lz4', '--header_version', '4', '-o', 'boot.img'];
    workshop.run('python3', [toolOf('image-tools', 'mkbootimg'), ...given]);
    expectImage(await unpack(workshop.get('boot.img')));
  });

  test('vendor_boot is named', async (ctx) => {
    skipWithout(ctx, why);
    const given = [
      '--vendor_ramdisk',
      'initrd',
      '--dtb',
      'board.dtb',
      '--header_version',
      '3',
      '--vendor_boot',
      'vendor.img',
    ];
    workshop.run('python3', [toolOf('image-tools', 'mkbootimg'), ...given]);
    expect((await thrownBy(() => unpack(workshop.get('vendor.img')))).message).toContain('vendor_boot');
  });
});
