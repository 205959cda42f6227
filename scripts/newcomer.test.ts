import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { benchmark } from './newcomer/benchmark.ts';
import { buildLab } from './newcomer/bundle.ts';
import { command } from './newcomer/command.ts';
import type { Demonstration } from './newcomer/demonstration.ts';
import { fixture } from './newcomer/fixture.ts';
import { instruction } from './newcomer/instruction.ts';
import { invariant } from './newcomer/invariant.ts';
import { logLine } from './newcomer/log-line.ts';
import { machine } from './newcomer/machine.ts';
import { measurement } from './newcomer/measurement.ts';
import { page } from './newcomer/page.ts';
import { phase } from './newcomer/phase.ts';
import { rule } from './newcomer/rule.ts';
import { strategy } from './newcomer/strategy.ts';
import { vectors } from './newcomer/vectors.ts';
import { CopyOfTree, root } from './testing/copy-of-tree.ts';

/** Milliseconds. It takes ten seconds, and much longer beside other work. */
const BUILD_TIMEOUT = 180_000;

/** In the order of the table. */
const demonstrations: readonly Demonstration[] = [
  ...[instruction, rule, invariant, strategy, machine, phase],
  ...[command, page, benchmark, vectors, fixture, logLine, measurement],
];

/** A row of the table: what is new, and the names of files and folders that are touched for it. */
interface Row {
  readonly name: string;
  readonly places: readonly string[];
}

const rows = rowsOf(readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8'));

/** The rows of "Where does a newcomer put …". Places are what stands in backticks and has a `/`. */
function rowsOf(document: string): Row[] {
  const [, section = ''] = document.split('## Where does a newcomer put …\n');
  const table = section.split('\n## ')[0] ?? '';
  return [...table.matchAll(/^\| (.+?) \| (.+) \|$/gm)].slice(1).map(([, name = '', where = '']) => {
    const quoted = [...where.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text);
    return { name, places: quoted.filter((text) => text.includes('/') && !text.startsWith('@')) };
  });
}

/** Whether a file is at a place: `*` stands for a part of a name, and a folder for all that is in it. */
function isAt(place: string, file: string): boolean {
  const pattern = place.replace(/[.]/g, '\\.').replaceAll('*', '[^/]+');
  return new RegExp(`^${pattern}${place.endsWith('/') ? '' : '$'}`).test(file);
}

/** What each demonstration has written, by its row. */
const written = new Map<string, readonly string[]>();
let copy: CopyOfTree;

beforeAll(() => {
  copy = new CopyOfTree();
  copy.commit();
  for (const { row, add } of demonstrations)
    written.set(
      row,
      copy.writtenBy(() => add(copy)),
    );
});

afterAll(() => copy.remove());

test('every row is demonstrated, and every demonstration has a row', () => {
  expect(demonstrations.map(({ row }) => row)).toEqual(rows.map(({ name }) => name));
});

test('nothing was written behind the back of the copy', () => {
  expect(copy.changedFiles()).toEqual([...written.values()].flat().sort());
});

describe('touches all places that its row names, and no others', () => {
  test.each(rows)('$name', ({ name, places }) => {
    const files = written.get(name) ?? [];
    expect(files.filter((file) => !places.some((place) => isAt(place, file)))).toEqual([]);
    expect(places.filter((place) => !files.some((file) => isAt(place, file)))).toEqual([]);
  });
});

describe('once built', () => {
  beforeAll(() => {
    copy.build('apps/cli', 'packages/cmdline/tsconfig.tools.json');
    buildLab(copy);
  }, BUILD_TIMEOUT);

  describe.each(demonstrations)('$row', ({ sees }) => {
    test.each(Object.entries(sees))('%s', (_, see) => see(copy));
  });

  test('all together keep the floors and the lengths', () => {
    expect(copy.run('turbo', 'boundaries')).toMatchObject({ status: 0 });
    expect(copy.run('node', 'scripts/structure.mjs', '--check')).toMatchObject({ status: 0, output: '' });
  });
});
