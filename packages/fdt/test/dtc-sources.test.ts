import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { deviceTrees, skipWithout, whyNoDeviceTrees } from '@kexeckit/testing';
import { describe, expect, test } from 'vitest';
import { FdtError, parseDts, serializeFdt } from '../src/index.ts';
import { missing } from '../src/testing/fixtures.ts';

/** Sources that dtc itself reads in one way or another by its version; and how we do. */
const VERSIONS_DIFFER: Readonly<Record<string, 'read' | 'refused'>> = {
  // A cell that is too large: an error up to 1.6, cut with a warning from then on.
  'base01.dts': 'refused',
  'cell-overflow.dts': 'refused',
  // A path among an overlay's phandles: undefined in the blob up to 1.6, an error from then on.
  'fixup-ref-to-path.dts': 'refused',
  // &{label/path} is new.
  'path-references.dts': 'read',
  'relref_merge.dts': 'read',
  // Old versions never end.
  'phandle-args-overflow.dts': 'read',
};

const ours = (file: string, symbols: boolean): Uint8Array | undefined => {
  try {
    const options = {
      name: file,
      symbols,
      include: (name: string, from: string) => {
        const path = join(dirname(from), name);
        return { name: path, text: readFileSync(path, 'utf8') };
      },
      incbin: (name: string, from: string) => new Uint8Array(readFileSync(join(dirname(from), name))),
    };
    return serializeFdt(parseDts(readFileSync(file, 'utf8'), options));
  } catch (error) {
    if (error instanceof FdtError && error.hint !== '' && error.line !== undefined) return undefined;
    throw error;
  }
};

/** What dtc makes of a file; undefined where it refuses, and `crashed` where it says neither. */
function theirs(file: string, symbols: boolean): Uint8Array | 'crashed' | undefined {
  const options = symbols ? ['-@'] : [];
  const { status, stdout } = spawnSync('dtc', ['-q', '-I', 'dts', '-O', 'dtb', ...options, file]);
  if (status === null) return 'crashed';
  return status === 0 ? new Uint8Array(stdout) : undefined;
}

describe.each([
  { how: 'without symbols', symbols: false },
  { how: 'with symbols', symbols: true },
])('the sources that dtc is tested with, $how,', ({ symbols }) => {
  test('become the same blob, byte for byte, and are refused where dtc refuses', (ctx) => {
    skipWithout(ctx, whyNoDeviceTrees('dtc-tests') ?? missing('dtc'));
    const answers = { same: 0, refused: 0, crashed: 0 };
    const different: string[] = [];
    for (const file of deviceTrees('dts', 'dtc-tests').filter(
      (name) => VERSIONS_DIFFER[basename(name)] === undefined,
    )) {
      const [own, their] = [ours(file, symbols), theirs(file, symbols)];
      if (their === 'crashed') answers.crashed++;
      else if (own === undefined && their === undefined) answers.refused++;
      else if (own !== undefined && their !== undefined && Buffer.compare(own, their) === 0) answers.same++;
      else different.push(basename(file));
    }
    expect(different).toEqual([]);
    expect(answers.same).toBeGreaterThan(100);
    expect(answers.refused).toBeGreaterThan(30);
    expect(answers.crashed).toBeLessThan(10);
  });

  test('are read, or refused, in one way where versions of dtc differ', (ctx) => {
    skipWithout(ctx, whyNoDeviceTrees('dtc-tests'));
    const files = deviceTrees('dts', 'dtc-tests').filter((name) => VERSIONS_DIFFER[basename(name)] !== undefined);
    const answers = files.map((file) => [basename(file), ours(file, symbols) === undefined ? 'refused' : 'read']);
    expect(Object.fromEntries(answers)).toEqual(VERSIONS_DIFFER);
  });
});
