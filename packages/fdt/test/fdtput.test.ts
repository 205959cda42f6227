import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deviceTrees, skipWithout, whyNoDeviceTrees } from '@kexeckit/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cellsValue, diffFdt, FdtBlob, FdtError, type FdtNode, parseFdt, stringList } from '../src/index.ts';
import { missing } from '../src/testing/fixtures.ts';
import { Random } from './fuzz/random.ts';

/** More by hand: KEXECKIT_ALL_TREES=1 npm test -- packages/fdt/test */
const [trees, edits] = process.env.KEXECKIT_ALL_TREES === '1' ? [40, 40] : [4, 15];

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kexeckit-fdt-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Edit {
  /** What fdtput is given before the file, and behind it. */
  readonly before: readonly string[];
  readonly behind: readonly string[];
  act(blob: FdtBlob): void;
}

const hex = (numbers: readonly number[]): string[] => numbers.map((number) => number.toString(16));

/** Any edit of a node. */
function editOf(random: Random, path: string, name: string): Edit {
  const many = <Item>(make: () => Item): Item[] => Array.from({ length: 1 + random.below(5) }, make);
  switch (random.below(6)) {
    case 0: {
      const texts = many(() => 's'.repeat(1 + random.below(12)));
      const act = (blob: FdtBlob) => blob.setProperty(path, name, stringList(texts));
      return { before: ['-t', 's'], behind: [path, name, ...texts], act };
    }
    case 1: {
      const bytes = many(() => random.below(256));
      const act = (blob: FdtBlob) => blob.setProperty(path, name, Uint8Array.from(bytes));
      return { before: ['-t', 'bx'], behind: [path, name, ...hex(bytes)], act };
    }
    case 2:
      return { before: ['-d'], behind: [path, name], act: (blob) => void blob.removeProperty(path, name) };
    case 3: {
      const made = `${path === '/' ? '' : path}/new@${random.below(8)}${random.below(2) === 0 ? '' : '/deep/er'}`;
      return { before: ['-cp'], behind: [made], act: (blob) => blob.ensureNode(made) };
    }
    case 4:
      // fdtput removes the root node too, and leaves no tree.
      if (path !== '/') return { before: ['-r'], behind: [path], act: (blob) => void blob.removeNode(path) };
      break;
    default:
  }
  const cells = many(() => random.below(2 ** 32));
  const act = (blob: FdtBlob) => blob.setProperty(path, name, cellsValue(...cells));
  return { before: ['-t', 'x'], behind: [path, name, ...hex(cells)], act };
}

/** Whether an edit is made; what is to be removed and is not there is an error for fdtput, and nothing to do for us. */
function isMade(act: () => void): boolean {
  try {
    act();
    return true;
  } catch (error) {
    if (error instanceof FdtError) return false;
    throw error;
  }
}

const pathsIn = (node: FdtNode, path = ''): [string, string[]][] => [
  [path || '/', node.properties.map(({ name }) => name)],
  ...node.children.flatMap((child) => pathsIn(child, `${path}/${child.name}`)),
];

function editBoth(file: string, blob: FdtBlob, random: Random): string | undefined {
  const [path, names] = random.pick(pathsIn(parseFdt(blob.pack()).root));
  const edit = editOf(random, path, random.pick([...names, 'new-prop', 'status', 'a,b#c', 'x'.repeat(31)]));
  const { status } = spawnSync('fdtput', [...edit.before, file, ...edit.behind]);
  const isOurs = isMade(() => edit.act(blob));
  const isRemoval = edit.before[0] === '-r' || edit.before[0] === '-d';
  return isOurs === (status === 0) || isRemoval ? undefined : [...edit.before, ...edit.behind].join(' ');
}

test(`${edits} edits of each of ${trees} real trees do what fdtput does`, (ctx) => {
  skipWithout(ctx, whyNoDeviceTrees() ?? missing('fdtput'));
  const random = new Random(15);
  const files = deviceTrees('dtb');
  const different: string[] = [];
  for (let tree = 0; tree < trees; tree++) {
    const original = new Uint8Array(readFileSync(random.pick(files)));
    const file = join(folder, 'edited.dtb');
    writeFileSync(file, original);
    const blob = new FdtBlob(original);
    for (let edit = 0; edit < edits; edit++) {
      const problem = editBoth(file, blob, random);
      if (problem !== undefined) different.push(problem);
    }
    const theirs = new Uint8Array(readFileSync(file));
    expect(diffFdt(parseFdt(theirs), parseFdt(blob.pack()))).toEqual([]);
    // libfdt leaves old bytes behind a value, where we have zeros: only the sizes are the same.
    expect(blob.pack().length).toBe(theirs.length);
  }
  expect(different).toEqual([]);
});
