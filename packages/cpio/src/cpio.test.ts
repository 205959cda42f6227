import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cpio } from './cpio.ts';
import type { Entry } from './entry.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kexeckit-cpio-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

interface Read {
  readonly path: string;
  readonly mode: number;
  readonly data: string;
  readonly device: readonly number[];
}

/** A reader of newc archives, from their description: each field at its place, and nothing behind the trailer. */
function read(archive: Uint8Array): Read[] {
  const bytes = Buffer.from(archive);
  const found: Read[] = [];
  for (let at = 0; ; ) {
    const field = (index: number): number =>
      Number.parseInt(bytes.toString('latin1', at + 6 + index * 8, at + 14 + index * 8), 16);
    expect(bytes.toString('latin1', at, at + 6)).toBe('070701');
    const path = bytes.toString('utf8', at + 110, at + 110 + field(11) - 1);
    expect(bytes[at + 110 + field(11) - 1]).toBe(0);
    const data = Math.ceil((at + 110 + field(11)) / 4) * 4;
    const end = data + field(6);
    const next = Math.ceil(end / 4) * 4;
    if (path === 'TRAILER!!!') {
      expect(next).toBe(bytes.length);
      return found;
    }
    expect(field(0)).toBe(found.length + 1);
    expect([field(2), field(3), field(5), field(12)]).toEqual([0, 0, 0, 0]);
    found.push({ path, mode: field(1), data: bytes.toString('latin1', data, end), device: [field(9), field(10)] });
    at = next;
  }
}

const name = fc.stringMatching(/^[a-zé][a-z0-9 ._-]{0,11}$/);
const mode = fc.integer({ min: 0, max: 0o7777 });
const number = fc.integer({ min: 0, max: 255 });
const entry: fc.Arbitrary<Entry> = fc.oneof(
  fc.record({ kind: fc.constant('file' as const), path: name, content: fc.uint8Array({ maxLength: 40 }), mode }),
  fc.record({ kind: fc.constant('folder' as const), path: name, mode }),
  fc.record({ kind: fc.constant('link' as const), path: name, target: name }),
  fc.record({
    kind: fc.constant('device' as const),
    path: name,
    type: fc.constantFrom('character' as const, 'block' as const),
    major: number,
    minor: number,
    mode,
  }),
);
/** Entries in a folder, which is not always named itself. */
const entries = fc
  .tuple(fc.uniqueArray(entry, { selector: ({ path }) => path, maxLength: 8 }), fc.boolean())
  .map(([all, isDeep]) => (isDeep ? all.map((one) => ({ ...one, path: `a folder/${one.path}` })) : all));

/** What a reader should find of an entry. */
function expected(one: Entry): Read {
  const nothing = { path: one.path, data: '', device: [0, 0] };
  switch (one.kind) {
    case 'folder':
      return { ...nothing, mode: 0o040000 | (one.mode ?? 0o755) };
    case 'link':
      return { ...nothing, mode: 0o120777, data: Buffer.from(one.target).toString('latin1') };
    case 'device': {
      const type = one.type === 'block' ? 0o060000 : 0o020000;
      return { ...nothing, mode: type | (one.mode ?? 0o600), device: [one.major, one.minor] };
    }
    case 'file':
      return { ...nothing, mode: 0o100000 | (one.mode ?? 0o644), data: Buffer.from(one.content).toString('latin1') };
  }
}

describe('an archive', () => {
  test('says what it was made of', () => {
    fc.assert(
      fc.property(entries, (all) => {
        const found = read(cpio(all)).filter(({ path }) => path !== 'a folder');
        expect(found).toEqual(all.map(expected));
      }),
      { numRuns: 300, seed: 1 },
    );
  });

  test('is the same for the same entries', () => {
    const all: Entry[] = [{ kind: 'file', path: 'here', content: 'the same' }];
    expect(cpio(all)).toEqual(cpio(all));
  });

  test('has the folders that are needed, once, before what stands in them', () => {
    const file = (path: string): Entry => ({ kind: 'file', path, content: '' });
    const found = read(cpio([file('a/b/c'), file('a/d'), { kind: 'folder', path: 'a', mode: 0o700 }]));
    expect(found.map(({ path, mode }) => [path, mode])).toEqual([
      ['a', 0o040700],
      ['a/b', 0o040755],
      ['a/b/c', 0o100644],
      ['a/d', 0o100644],
    ]);
  });

  test.each(['', '/a', 'a//b', 'a/', './a', 'a/../b', 'TRAILER!!!', 'a\0b'])('cannot hold the path %j', (path) => {
    expect(() => cpio([{ kind: 'file', path, content: '' }])).toThrow(
      expect.objectContaining({ code: 'EINVAL', message: expect.stringContaining(JSON.stringify(path)) }),
    );
  });

  test('cannot hold two things in one place', () => {
    const file: Entry = { kind: 'file', path: 'a', content: '' };
    expect(() => cpio([file, file])).toThrow('it is there already');
    expect(() => cpio([file, { kind: 'folder', path: 'a' }])).toThrow('it is there already');
    expect(() => cpio([file, { kind: 'file', path: 'a/b', content: '' }])).toThrow('its a is no folder');
  });
});

test('what no header can say is refused', () => {
  const device = { kind: 'device', path: 'a', type: 'block', major: 8, minor: 1 } as const;
  expect(() => cpio([{ ...device, mode: 0o10000 }])).toThrow(expect.objectContaining({ code: 'EINVAL' }));
  expect(() => cpio([{ ...device, minor: -1 }])).toThrow('a is no device');
  expect(() => cpio([{ ...device, major: 2 ** 32 }])).toThrow('a is no device');
  expect(() => cpio([{ kind: 'link', path: 'b', target: '' }])).toThrow('b leads nowhere');
});

test('GNU cpio unpacks it', () => {
  const content = 'content'.repeat(1000);
  const archive = cpio([
    { kind: 'file', path: 'deep/er/file', content, mode: 0o640 },
    { kind: 'file', path: 'bytes', content: Uint8Array.of(0, 255, 10) },
    { kind: 'link', path: 'link', target: 'deep/er/file' },
  ]);
  execFileSync('cpio', ['-i', '--quiet'], { cwd: folder, input: archive });
  expect(readFileSync(join(folder, 'link'), 'utf8')).toBe(content);
  expect(readlinkSync(join(folder, 'link'))).toBe('deep/er/file');
  expect(statSync(join(folder, 'deep/er/file')).mode).toBe(0o100640);
  expect([...readFileSync(join(folder, 'bytes'))]).toEqual([0, 255, 10]);
});
