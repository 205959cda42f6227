import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { deviceTrees, whyNoDeviceTrees } from '@kexeckit/testing';
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
const all = (): string[] => [...deviceTrees('dtb'), ...deviceTrees('dtbo')];

/** Where a file takes long, one of so many; all of them by hand: KEXECKIT_ALL_TREES=1 npm test -- packages/fdt/test */
const some = (share: number): string[] =>
  all().filter((_, index) => process.env.KEXECKIT_ALL_TREES === '1' || index % share === 0);

/** Whether dtc has written the blob: what fdtoverlay has put together has names, and bytes between values, in its own places. */
function isFromDtc(fdt: Fdt): boolean {
  return fdt.nameOrder === undefined && !hasPadding(fdt.root);
}

const hasPadding = ({ properties, children }: FdtNode): boolean =>
  properties.some(({ padding }) => padding !== undefined) || children.some(hasPadding);

const whyNot = whyNoDeviceTrees();

describe("every device tree and overlay of Debian's arm64 kernel", () => {
  test('is written again as it was read', (ctx) => {
    if (whyNot !== undefined) return ctx.skip(whyNot);
    expect(all().length).toBeGreaterThan(1000);
    const different = all().filter((file) => {
      const blob = read(file);
      return !isSame(serializeFdt(parseFdt(blob, { layout: true })), blob) || !isSame(new FdtBlob(blob).pack(), blob);
    });
    expect(different).toEqual([]);
  });

  test('is the same blob when dtc compiles it as we print it', async (ctx) => {
    const reason = whyNot ?? missing('dtc');
    if (reason !== undefined) return ctx.skip(reason);
    const files = some(3);
    const different: string[] = [];
    const work = async (): Promise<void> => {
      for (let file = files.pop(); file !== undefined; file = files.pop()) {
        const blob = read(file);
        const fdt = parseFdt(blob, { layout: true });
        const compiled = await dtc(printDts(fdt));
        const same = isFromDtc(fdt) ? isSame(compiled, blob) : isSame(compiled, serializeFdt(bare(fdt)));
        if (!same) different.push(file);
      }
    };
    await Promise.all([work(), work()]);
    expect(different).toEqual([]);
  });

  test('is the same tree when we compile it as we print it', (ctx) => {
    if (whyNot !== undefined) return ctx.skip(whyNot);
    const different = some(8).filter((file) => {
      const fdt = parseFdt(read(file), { layout: true });
      return diffFdt(parseDts(printDts(fdt)), fdt).length > 0;
    });
    expect(different).toEqual([]);
  });

  test('overlays give what fdtoverlay gives, and are refused where it refuses', (ctx) => {
    const reason = whyNot ?? missing('fdtoverlay');
    if (reason !== undefined) return ctx.skip(reason);
    const applied = { same: 0, refused: 0, different: [] as string[] };
    for (const overlay of deviceTrees('dtbo')) {
      for (const base of basesFor(overlay)) {
        const verdict = compareOverlay(base, overlay);
        if (verdict === 'different') applied.different.push(`${basename(overlay)} on ${basename(base)}`);
        else applied[verdict]++;
      }
    }
    expect(applied.different).toEqual([]);
    expect(applied.same).toBeGreaterThan(40);
    expect(applied.refused).toBeGreaterThan(10);
  });
});

function dtc(text: string): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const options = { encoding: 'buffer', maxBuffer: 2 ** 26 } as const;
    const child = execFile('dtc', ['-q', '-I', 'dts', '-O', 'dtb'], options, (error, stdout) =>
      error === null ? resolve(stdout) : reject(error),
    );
    child.stdin?.end(text);
  });
}

/** Trees beside an overlay: some that have symbols, and one that has not. */
function basesFor(overlay: string): string[] {
  const beside = readdirSync(dirname(overlay)).filter((name) => name.endsWith('.dtb'));
  const files = beside.map((name) => join(dirname(overlay), name));
  const hasSymbols = (file: string): boolean => new FdtBlob(read(file)).hasNode('/__symbols__');
  return [...files.filter(hasSymbols).slice(0, 5), ...files.filter((file) => !hasSymbols(file)).slice(0, 1)];
}

function compareOverlay(base: string, overlay: string): 'same' | 'refused' | 'different' {
  const tree = parseFdt(read(base));
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
