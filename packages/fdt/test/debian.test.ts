import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { deviceTrees, skipWithout, type TreeSet, whyNoDeviceTrees } from '@kexeckit/testing';
import { describe, expect, test } from 'vitest';
import {
  applyOverlay,
  diffFdt,
  type Fdt,
  FdtBlob,
  type FdtNode,
  parseDts,
  parseFdt,
  phandleOf,
  printDts,
  serializeFdt,
} from '../src/index.ts';
import { bare, parseBare } from '../src/testing/bare.ts';
import { missing } from '../src/testing/fixtures.ts';

const read = (file: string): Uint8Array => new Uint8Array(readFileSync(file));
const isSame = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
const all = (set: TreeSet): string[] => [...deviceTrees('dtb', set), ...deviceTrees('dtbo', set)];

/** By hand: KEXECKIT_ALL_TREES=1 npm test -- packages/fdt/test */
const ALL = process.env.KEXECKIT_ALL_TREES === '1';
/** Of a set with many files: one of so many where each takes long. */
const some = (set: TreeSet, share: number): string[] =>
  all(set).filter((_, index, { length }) => ALL || length < 100 || index % share === 0);

interface Row {
  readonly who: string;
  readonly set: TreeSet;
  /** At least so many trees, and so many pairs with an overlay that are equal, and that are refused. */
  readonly trees: number;
  readonly same: number;
  readonly refused: number;
}

const SETS: readonly Row[] = [
  { who: 'kernel 6.12', set: 'device-trees', trees: 1000, same: 40, refused: 10 },
  { who: 'u-boot', set: 'device-trees-u-boot', trees: 10, same: 0, refused: 0 },
];
const OTHER_SETS: readonly Row[] = [
  { who: 'kernel 5.10', set: 'device-trees-5.10', trees: 250, same: 0, refused: 0 },
  { who: 'kernel 6.1', set: 'device-trees-6.1', trees: 500, same: 0, refused: 0 },
  { who: 'kernel 7.2', set: 'device-trees-7.2', trees: 1500, same: 40, refused: 10 },
  { who: 'kernel 7.3', set: 'device-trees-7.3', trees: 1500, same: 40, refused: 10 },
];

/** Whether dtc has written the blob: what fdtoverlay has put together has names, and bytes between values, in its own places. */
function isFromDtc(fdt: Fdt): boolean {
  return fdt.nameOrder === undefined && !hasPadding(fdt.root);
}

const hasPadding = ({ properties, children }: FdtNode): boolean =>
  properties.some(({ padding }) => padding !== undefined) || children.some(hasPadding);

const ROWS = ALL ? [...SETS, ...OTHER_SETS] : SETS;
const LIMIT = ALL ? { timeout: 0 } : {};

describe.each(ROWS)("every device tree and overlay of Debian's arm64 $who", LIMIT, (row) => {
  const { set } = row;
  const whyNot = whyNoDeviceTrees(set);

  test('is written again as it was read', (ctx) => {
    skipWithout(ctx, whyNot);
    expect(all(set).length).toBeGreaterThan(row.trees);
    const different = all(set).filter((file) => {
      const blob = read(file);
      const fdt = parseFdt(blob, { layout: true });
      return !isSame(serializeFdt(fdt), blob) || !isSame(new FdtBlob(blob).pack({ padding: fdt.padding ?? 0 }), blob);
    });
    expect(different).toEqual([]);
  });

  test('is the same blob when dtc compiles it as we print it', async (ctx) => {
    const reason = whyNot ?? missing('dtc');
    skipWithout(ctx, reason);
    const files = some(set, 3);
    const different: string[] = [];
    const work = async (): Promise<void> => {
      for (let file = files.pop(); file !== undefined; file = files.pop()) {
        const blob = read(file);
        const fdt = parseFdt(blob, { layout: true });
        // No text says how large the blob is to be.
        const compiled = await dtc(printDts(fdt), ...(fdt.padding === undefined ? [] : ['-S', `${blob.length}`]));
        const same = isFromDtc(fdt) ? isSame(compiled, blob) : isSame(compiled, serializeFdt(bare(fdt)));
        if (!same) different.push(file);
      }
    };
    await Promise.all([work(), work()]);
    expect(different).toEqual([]);
  });

  test('is the same tree when we compile it as we print it', (ctx) => {
    skipWithout(ctx, whyNot);
    const different = some(set, 8).filter((file) => {
      const fdt = parseFdt(read(file), { layout: true });
      return diffFdt(parseDts(printDts(fdt)), fdt).length > 0;
    });
    expect(different).toEqual([]);
  });

  test('overlays give what fdtoverlay gives, and are refused where it refuses', (ctx) => {
    const reason = whyNot ?? missing('fdtoverlay');
    skipWithout(ctx, reason);
    const applied = { same: 0, refused: 0, different: [] as string[] };
    for (const overlay of deviceTrees('dtbo', set)) {
      for (const base of basesIn(dirname(overlay))) {
        const verdict = compareOverlay(base, overlay);
        if (verdict === 'different') applied.different.push(`${basename(overlay)} on ${basename(base.file)}`);
        else applied[verdict]++;
      }
    }
    expect(applied.different).toEqual([]);
    expect(applied.same).toBeGreaterThanOrEqual(row.same);
    expect(applied.refused).toBeGreaterThanOrEqual(row.refused);
    if (ALL) console.info(row.who, all(set).length, { same: applied.same, refused: applied.refused });
  });
});

function dtc(text: string, ...more: string[]): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const options = { encoding: 'buffer', maxBuffer: 2 ** 26 } as const;
    const child = execFile('dtc', ['-q', '-I', 'dts', '-O', 'dtb', ...more], options, (error, stdout) =>
      error === null ? resolve(stdout) : reject(error),
    );
    child.stdin?.end(text);
  });
}

interface Base {
  readonly file: string;
  readonly tree: Fdt;
}

/** Trees in the folder of an overlay: some that have symbols, and one that has not. */
function basesIn(folder: string): readonly Base[] {
  const known = bases.get(folder);
  if (known !== undefined) return known;
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.dtb'))
    .map((name) => join(folder, name));
  const without = files.find((file) => !hasSymbols(file));
  const chosen = [...files.filter(hasSymbols).slice(0, 5), ...(without === undefined ? [] : [without])];
  const found = chosen.map((file) => ({ file, tree: parseFdt(read(file)) }));
  bases.set(folder, found);
  return found;
}

const bases = new Map<string, readonly Base[]>();
const hasSymbols = (file: string): boolean => new FdtBlob(read(file)).hasNode('/__symbols__');

function compareOverlay({ file: base, tree }: Base, overlay: string): 'same' | 'refused' | 'different' {
  const theirs = fdtoverlay(base, overlay);
  const ours = tried(() => applyOverlay(tree, parseFdt(read(overlay))));
  if (theirs === undefined || ours === undefined) return theirs === ours ? 'refused' : 'different';
  if (diffFdt(ours, theirs).length === 0) return 'same';
  // Before 1.7.1 it gave nodes of the tree the overlay's phandles, and left who refers to them behind.
  return keepsPhandles(tree.root, theirs.root) ? 'different' : 'same';
}

function tried(act: () => Fdt): Fdt | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}

function fdtoverlay(base: string, overlay: string): Fdt | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'kexeckit-fdt-'));
  const output = join(folder, 'out.dtb');
  try {
    return tried(() => {
      execFileSync('fdtoverlay', ['-i', base, '-o', output, overlay], { stdio: 'ignore' });
      return parseBare(existsSync(output) ? read(output) : new Uint8Array(0));
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function keepsPhandles(before: FdtNode, after: FdtNode): boolean {
  if (phandleOf(before) !== undefined && phandleOf(before) !== phandleOf(after)) return false;
  const children = new Map(after.children.map((child) => [child.name, child]));
  return before.children.every((child) => {
    const same = children.get(child.name);
    return same === undefined || keepsPhandles(child, same);
  });
}
