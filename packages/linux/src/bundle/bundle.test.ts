import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packTar, type TarEntry, unpackTar } from 'modern-tar';
import { describe, expect, test } from 'vitest';
import { readHost } from '../host.ts';
import { routesOf } from '../machine/routes/offered.ts';
import { preflight } from '../preflight.ts';
import { acpiServer, type Files, healthy, plant } from '../testing/tree.ts';
import { BUNDLE_MAX, MANIFEST } from './manifest.ts';
import { readBundle } from './read-bundle.ts';
import { collectHost } from './write-bundle.ts';

const DT = '/sys/firmware/devicetree/base';

const trees: [name: string, files: Files][] = [
  ['a guest', healthy],
  ['a server with ACPI', { ...healthy, ...acpiServer }],
  ['an ITS and a plain tree', { ...healthy, [`${DT}/intc@8000000/its@8080000/compatible`]: 'arm,gic-v3-its\0' }],
  ['nothing', { '/proc/': '' }],
  ['values that mean nothing', { ...healthy, '/proc/cmdline/': '', '/proc/cmdline': null, '/proc/iomem': 'x\n' }],
  ['a release that leads elsewhere', { ...healthy, '/proc/sys/kernel/osrelease': '..\n' }],
  ['a release that is too long', { ...healthy, '/proc/sys/kernel/osrelease': 'x'.repeat(30_000) }],
  ['a node with a long name', { ...healthy, [`${DT}/${'n'.repeat(90)}/${'m'.repeat(90)}/compatible`]: 'arm,psci\0' }],
];

describe('a bundle is judged as the host that it was made of', () => {
  test.each(trees)('%s', async (_, files) => {
    const root = await plant(files);
    const live = await readHost({ root });
    const collected = await collectHost({ root });
    expect(collected.host).toEqual(live);
    const { host, uname } = await readBundle(collected.bundle);
    expect(uname).toBeUndefined();
    expect(host).toEqual(live);
    expect(preflight(host)).toEqual(preflight(live));
    expect(routesOf(host)).toEqual(routesOf(live));
    expect((await collectHost({ root })).bundle).toEqual(collected.bundle);
  });

  test('this host', async () => {
    const collected = await collectHost();
    const { host, uname } = await readBundle(collected.bundle);
    expect(host).toEqual(collected.host);
    expect(uname?.release).toBe(collected.host.osrelease);
    expect(collected.bundle.length).toBeLessThan(BUNDLE_MAX);
  });

  test('and says what was read, by whom, and what was not', async () => {
    const { bundle, files, unread } = await collectHost({ root: await plant({ ...healthy, '/proc/iomem': null }) });
    const entries = await unpackTar(bundle, { strict: true });
    expect(entries).toHaveLength(files + 1);
    expect(unread).toContainEqual({ path: '/proc/iomem', code: 'ENOENT', reason: 'it does not exist' });
    const manifest: unknown = JSON.parse(new TextDecoder().decode(entries[0]?.data));
    expect(manifest).toMatchObject({
      uname: null,
      privileges: { uid: null, capabilities: '000001ffffffffff' },
      files: expect.arrayContaining([
        { path: '/proc/cmdline', name: 'proc/cmdline', size: 29, isExcerpt: false },
        { path: '/proc/kallsyms', name: 'proc/kallsyms', size: 89, isExcerpt: true },
      ]),
      unread: expect.arrayContaining([
        { asked: 'read', path: '/proc/iomem', code: 'ENOENT', reason: 'it does not exist' },
      ]),
    });
  });

  test('what an older version did not ask for is not known, instead of not there', async () => {
    const entries = await repacked((manifest) => {
      manifest.files = manifest.files.filter(({ path }: { path: string }) => path !== '/sys/kernel/kexec_loaded');
    }, 'sys/kernel/kexec_loaded');
    const { host } = await readBundle(entries);
    expect(host.unread.kexecLoaded).toMatchObject({ code: 'ENODATA' });
    expect(preflight(host).find(({ id }) => id === 'already-loaded')).toMatchObject({ isKnown: false });
  });
});

describe('collecting', () => {
  test('follows no link out of the tree', async () => {
    const outside = await plant({ '/secret': 'secret\n', '/secrets/model': 'secret\n' });
    const root = await plant({ ...healthy, '/proc/cmdline': null });
    await symlink(join(outside, 'secret'), join(root, 'proc/cmdline'));
    await symlink(join(outside, 'secrets'), join(root, 'sys/devices/virtual/misc/kvm'));
    await mkdir(join(root, 'proc/sub'), { recursive: true });
    const { bundle, host } = await collectHost({ root });
    expect(host.unread.cmdline).toMatchObject({ code: 'EXDEV' });
    expect(new TextDecoder('latin1').decode(bundle)).not.toContain('secret\n');
  });

  test('leaves out what would make it too large, and says so', async () => {
    const large = new Uint8Array(9 * 2 ** 20);
    const root = await plant({ ...healthy, '/proc/iomem': large, '/boot/config-6.12.41-cloud-arm64': large });
    const { bundle, unread } = await collectHost({ root });
    expect(bundle.length).toBeLessThan(BUNDLE_MAX);
    expect(unread).toContainEqual(
      expect.objectContaining({ code: 'EFBIG', reason: expect.stringMatching(/left out/) }),
    );
  });

  test('stops when told', async () => {
    const reason = new Error('enough');
    const signal = AbortSignal.abort(reason);
    await expect(collectHost({ root: await plant(healthy), signal })).rejects.toBe(reason);
  });
});

/** A manifest as it stands in a bundle. */
interface WrittenManifest {
  [field: string]: unknown;
  files: { path: string; name: string; size: number; isExcerpt: boolean }[];
  folders: { path: string; entries: [string, string][] }[];
  there: { path: string; isThere: boolean }[];
  opened: string[];
  unread: { asked: string; path: string; code: string; reason: string }[];
  privileges: { uid: number | null; capabilities: string | null };
}

/** A bundle of the healthy host, changed. */
const repacked = (
  change: (manifest: WrittenManifest) => void,
  without = '',
  ...more: TarEntry[]
): Promise<Uint8Array> =>
  rewritten(
    (manifest) => {
      change(manifest);
      return JSON.stringify(manifest);
    },
    without,
    more,
  );

/** The same, with a manifest of another text. */
async function rewritten(
  write: (manifest: WrittenManifest) => string,
  without = '',
  more: readonly TarEntry[] = [],
): Promise<Uint8Array> {
  const { bundle } = await collectHost({ root: await plant(healthy) });
  const entries = await unpackTar(bundle, { strict: true });
  const manifest = JSON.parse(new TextDecoder().decode(entries[0]?.data));
  const text = new TextEncoder().encode(write(manifest));
  return await packTar([
    { header: { name: MANIFEST, type: 'file', size: text.length }, body: text },
    ...entries.slice(1).filter(({ header }) => header.name !== without),
    ...more,
  ]);
}

const textFile = (name: string, body: string): TarEntry => ({
  header: { name, type: 'file', size: body.length },
  body,
});
const file = (name: string): TarEntry => textFile(name, 'x');
const keep = (): void => {};

const hostile: [name: string, bytes: () => Promise<Uint8Array> | Uint8Array, message: RegExp][] = [
  ['nothing', () => new Uint8Array(), /not a whole tar/],
  ['zeros', () => new Uint8Array(1024), /no manifest\.json/],
  ['no tar', () => new TextEncoder().encode('hello '.repeat(1000)), /not a whole tar/],
  ['a gzip', () => Uint8Array.of(0x1f, 0x8b, 8, ...new Uint8Array(2000)), /not a whole tar/],
  ['no manifest', () => packTar([file('proc/cmdline')]), /no manifest\.json/],
  ['a manifest that is not JSON', () => packTar([file(MANIFEST)]), /not JSON/],
  [
    'a manifest of brackets',
    () => packTar([textFile(MANIFEST, `${'['.repeat(1e6)}${']'.repeat(1e6)}`)]),
    /manifest\.json/,
  ],
  ['a manifest of 9 MiB', () => packTar([textFile(MANIFEST, ' '.repeat(9 * 2 ** 20))]), /manifest\.json has 9437184/],
  ['an absolute path', () => repacked(keep, '', file('/etc/passwd')), /"\/etc\/passwd" leads out/],
  ['a path upwards', () => repacked(keep, '', file('proc/../../etc/passwd')), /leads out/],
  ['a path of dots', () => repacked(keep, '', file('./proc/x')), /leads out/],
  ['a name that is none', () => repacked(keep, '', file('proc//x')), /leads out/],
  ['a folder', () => repacked(keep, '', { header: { name: 'etc/', type: 'directory', size: 0 } }), /is a directory/],
  [
    'a link',
    () => repacked(keep, '', { header: { name: 'l', type: 'symlink', size: 0, linkname: '/etc/passwd' } }),
    /"l" is a symlink/,
  ],
  [
    'a hard link',
    () => repacked(keep, '', { header: { name: 'l', type: 'link', size: 0, linkname: '../x' } }),
    /"l" is a link/,
  ],
  ['a device', () => repacked(keep, '', { header: { name: 'd', type: 'block-device', size: 0 } }), /is a block-device/],
  ['an extended header', () => repacked(keep, '', file('n'.repeat(300))), /extended header/],
  ['a file twice', () => repacked(keep, '', file('proc/cmdline')), /"proc\/cmdline" twice/],
  ['a file more', () => repacked(keep, '', file('proc/more')), /does not name/],
  ['a file less', () => repacked(keep, 'proc/cmdline'), /lacks "proc\/cmdline"/],
  ['another version', () => repacked((manifest) => void Object.assign(manifest, { version: 2 })), /wrong at version/],
  ['a field more', () => repacked((manifest) => void Object.assign(manifest, { more: 2 })), /wrong at more/],
  ['a field less', () => repacked((manifest) => void Reflect.deleteProperty(manifest, 'there')), /wrong at there/],
  [
    'another size',
    () => repacked((manifest) => void Object.assign(manifest.files[0] ?? {}, { size: 1e9 })),
    /bytes, not 1000000000/,
  ],
  ['too many files', () => packTar(Array.from({ length: 16_400 }, (_, at) => file(`f${at}`))), /more than 16384 files/],
];

const again = <T extends object>(all: T[], changes: Partial<T>): void => {
  const [first] = all;
  if (first !== undefined) all.push({ ...first, ...changes });
};
const unreadable = (asked: string, path: string | undefined) => ({
  asked,
  path: path ?? '/',
  code: 'EACCES',
  reason: 'no',
});

/** Of the healthy host. */
const UNAME = { system: 'Linux', release: '6.12.41-cloud-arm64', version: '#1', machine: 'aarch64' };

const contradictory: [name: string, change: (manifest: WrittenManifest) => void, message: RegExp][] = [
  ['a file twice', ({ files }) => again(files, {}), /names "[^"]+" twice/],
  [
    'a path twice',
    ({ files }) => void Object.assign(files[1] ?? {}, { path: files[0]?.path }),
    /has "[^"]+" twice, in "files"/,
  ],
  [
    'a file for two paths, and one for none',
    ({ files }) => void Object.assign(files[1] ?? {}, { name: files[0]?.name, size: files[0]?.size }),
    /names "[^"]+" twice/,
  ],
  ['a folder twice', ({ folders }) => again(folders, { entries: [] }), /twice, in "folders"/],
  [
    'a name in a folder twice',
    ({ folders }) => void folders[0]?.entries.push(['x', 'file'], ['x', 'folder']),
    /twice, in "the folder/,
  ],
  ['there and not', ({ there }) => again(there, { isThere: !there[0]?.isThere }), /twice, in "there"/],
  ['opened twice', ({ opened }) => void opened.push(...opened), /twice, in "opened"/],
  [
    'unread for two reasons',
    ({ unread }) => void unread.push(unreadable('read', '/x'), { ...unreadable('read', '/x'), code: 'ENOENT' }),
    /"read \/x" twice, in "unread"/,
  ],
  [
    'a file that could not be read',
    ({ files, unread }) => void unread.push(unreadable('read', files[0]?.path)),
    /could not be read \(read\)/,
  ],
  [
    'lines that could not be found',
    ({ files, unread }) => void unread.push(unreadable('find', files[0]?.path)),
    /could not be read \(find\)/,
  ],
  [
    'a folder that could not be listed',
    ({ folders, unread }) => void unread.push(unreadable('list', folders[0]?.path)),
    /could not be read \(list\)/,
  ],
  [
    'what nobody could look for',
    ({ there, unread }) => void unread.push(unreadable('exists', there[0]?.path)),
    /could not be read \(exists\)/,
  ],
  [
    'a device that could not be opened',
    ({ opened, unread }) => void unread.push(unreadable('open', opened[0])),
    /could not be read \(open\)/,
  ],
  [
    'a file that is not there',
    ({ files, there }) => void there.push({ path: files[0]?.path ?? '', isThere: false }),
    /cannot be there/,
  ],
  [
    'a file that is a folder',
    ({ files, folders }) => void folders.push({ path: files[0]?.path ?? '', entries: [] }),
    /cannot be there/,
  ],
  ['a folder below nothing', ({ there }) => void there.push({ path: '/sys', isThere: false }), /cannot be there/],
  [
    'what is there below a file',
    ({ files, there }) => void there.push({ path: `${files[0]?.path}/x`, isThere: true }),
    /cannot be there/,
  ],
  [
    'other capabilities than were read',
    ({ privileges }) => void Object.assign(privileges, { capabilities: '0' }),
    /else of the capabilities/,
  ],
  [
    'capabilities that nobody read',
    ({ privileges, files }) => {
      for (const each of files) if (each.name === 'proc/cmdline') each.path = '/proc/self/status';
      const at = files.findIndex(({ name }) => name === 'proc/self/status');
      Object.assign(files[at] ?? {}, { path: '/proc/cmdline' });
      Object.assign(privileges, { capabilities: '1' });
    },
    /else of the capabilities/,
  ],
  ['another user', ({ privileges }) => void Object.assign(privileges, { uid: 1000 }), /else of the user/],
  [
    'another release',
    (manifest) => void Object.assign(manifest, { uname: { ...UNAME, release: '5.10.0' } }),
    /release/,
  ],
  [
    'another machine',
    (manifest) => void Object.assign(manifest, { uname: { ...UNAME, machine: 'x86_64' } }),
    /else of the machine/,
  ],
  [
    'a file below what does not exist',
    ({ unread }) => void unread.push({ ...unreadable('list', '/proc/sys'), code: 'ENOENT' }),
    /cannot be there/,
  ],
  [
    'what is there, and does not exist',
    ({ there, unread }) => {
      there.push({ path: '/x', isThere: true });
      unread.push({ ...unreadable('read', '/x'), code: 'ENOENT' });
    },
    /"\/x", and says/,
  ],
  [
    'a file that its folder does not have',
    ({ there }) => void there.push({ path: '/sys/devices/system/cpu/none/online', isThere: true }),
    /cannot be there/,
  ],
  [
    'a file that its folder has as one, with something in it',
    ({ folders, there }) => {
      folders.push({ path: '/x', entries: [['y', 'file']] });
      there.push({ path: '/x/y/z', isThere: true });
    },
    /"\/x\/y\/z", and says/,
  ],
  [
    'a folder that is listed, and not there',
    ({ folders, there }) => {
      folders.push({ path: '/x', entries: [['y', 'folder']] });
      there.push({ path: '/x/y', isThere: false });
    },
    /"\/x\/y", and says/,
  ],
  [
    'a path in another way',
    ({ files }) => void Object.assign(files[0] ?? {}, { path: '/proc/../proc/iomem' }),
    /wrong at files\.0\.path/,
  ],
  ['a name that leads out', ({ folders }) => void folders[0]?.entries.push(['../x', 'file']), /wrong at folders\.0/],
];

test.each(contradictory)('a manifest that contradicts itself is refused: %s', async (_, change, message) => {
  const error: unknown = await readBundle(await repacked(change)).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ name: 'LinuxError', code: 'EINVAL', message: expect.stringMatching(message) });
});

test.each([
  ['of the manifest', '"files":', '"files":[],"files":'],
  ['of a file', '"path":', '"path":"/x","path":'],
  ['written in another way', '"path":', '"p\\u0061th" :"/x","path":'],
])('a name that one object has twice is refused: %s', async (_, name, twice) => {
  const bundle = await rewritten((manifest) => JSON.stringify(manifest).replace(name, twice));
  await expect(readBundle(bundle)).rejects.toMatchObject({
    message: expect.stringMatching(/a name twice in one object/),
  });
});

test('quotation marks and colons in what was said are no names', async () => {
  const strange = '{"a": "\\", \\":';
  const bundle = await repacked(({ unread }) => void unread.push({ ...unreadable('read', '/x'), reason: strange }));
  await expect(readBundle(bundle)).resolves.toBeDefined();
});

test('what two questions were told of one path is no contradiction', async () => {
  const bundle = await repacked(({ there, files, unread }) => {
    there.push({ path: files[0]?.path ?? '', isThere: true }, { path: '/none', isThere: false });
    there.push({ path: '/none/below', isThere: false });
    unread.push(unreadable('list', files[0]?.path), unreadable('read', '/none'));
  });
  await expect(readBundle(bundle)).resolves.toBeDefined();
});

test('what somebody has written into a manifest is in one line of an error', async () => {
  const strange = 'x\n\u001b[8m';
  const bundle = await repacked((manifest) => void Object.assign(manifest, { [strange]: strange }));
  await expect(readBundle(bundle)).rejects.toMatchObject({
    message: expect.stringMatching(/^\P{Cc}*wrong at x\\n\P{Cc}*$/u),
  });
});

describe('a bundle that is none is refused', () => {
  test.each(hostile)('%s', async (_, bytes, message) => {
    const error: unknown = await readBundle(await bytes()).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'LinuxError', code: 'EINVAL', message: expect.stringMatching(message) });
    expect(error).toHaveProperty('hint', expect.stringMatching(/--collect/));
  });

  test('too large', async () => {
    await expect(readBundle(new Uint8Array(BUNDLE_MAX + 1))).rejects.toMatchObject({ code: 'EFBIG' });
  });

  test('cut anywhere', async () => {
    const { bundle } = await collectHost({ root: await plant(healthy) });
    for (let size = 0; size < bundle.length; size += 1 + Math.floor(bundle.length / 97))
      await expect(readBundle(bundle.subarray(0, size)), String(size)).rejects.toMatchObject({ code: 'EINVAL' });
  });

  test('one byte of it changed gives an answer, or an error of ours', async () => {
    const { bundle } = await collectHost({ root: await plant(healthy) });
    for (let at = 0; at < 4096; at += 37) {
      const changed = bundle.slice();
      changed[at] = (changed[at] ?? 0) ^ 0xff;
      const outcome = await readBundle(changed).then(
        () => 'LinuxError',
        (error: unknown) => (error instanceof Error ? error.name : 'none'),
      );
      expect(outcome, String(at)).toBe('LinuxError');
    }
  });

  test('nothing is written', async () => {
    const folder = await plant({ '/here/': '' });
    await writeFile(join(folder, 'here', 'file'), '');
    await readBundle(await repacked(keep, '', file(`${folder.slice(1)}/here/planted`))).catch(() => {});
    expect(await readdir(join(folder, 'here'))).toEqual(['file']);
  });

  /** What a parser of such records takes time for that grows with the square of its length. */
  test('an extended header of a megabyte costs no more than its size', async () => {
    const records = new TextEncoder().encode('1\n'.repeat(4 * 2 ** 19));
    const tar = await packTar([
      { header: { name: 'x', type: 'pax-header', size: records.length }, body: records },
      file('y'),
    ]);
    await expect(readBundle(tar)).rejects.toMatchObject({
      message: expect.stringMatching(/extended header at byte 0/),
    });
  });
});
