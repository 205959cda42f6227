import { describe, expect, test } from 'vitest';
import {
  type Attributes,
  applyEdit,
  buildTables,
  checkSteps,
  countTables,
  type Edit,
  type EditOptions,
  type EditPlan,
  type EditStep,
  listMappings,
  type Mapping,
  planEdit,
  type Space,
  TableArena,
  tablesForEdit,
  walk,
} from '../index.ts';

const readWrite: Attributes = { type: 'Normal', writable: true, executable: false };
const readOnly: Attributes = { type: 'Normal', writable: false, executable: false };
const device: Attributes = { type: 'Device-nGnRE', writable: true, executable: false };
const space: Space = { granule: '4K', vaBits: 39, regime: 'EL1' };
const MiB = 0x10_0000n;
const block: Mapping = { va: 0x4000_0000n, pa: 0x8000_0000n, size: 2n * MiB, attributes: readWrite };
const pages: Mapping = { ...block, largestLevel: 3, contiguous: false };

interface Live {
  readonly space: Space;
  readonly arena: TableArena;
  readonly root: number;
  readonly pool: readonly number[];
}

function live(mappings: readonly Mapping[], of: Space = space): Live {
  const arena = new TableArena(0x100, 12, 1024);
  const root = buildTables(of, mappings, arena.pages, arena);
  return { space: of, arena, root, pool: arena.pages.slice(countTables(of, mappings)) };
}

const plan = ({ space: of, arena, root, pool }: Live, edit: Edit, options?: EditOptions): EditPlan =>
  planEdit(of, root, arena, edit, pool, options);

/** Steps as an assembler would list them; rows of stores to one table are shortened. */
function listing(steps: readonly EditStep[]): string[] {
  const lines: string[] = [];
  for (const step of steps) {
    const line =
      step.kind === 'write'
        ? `${step.low === 0 ? 'break' : 'write'} ${step.table.toString(16)}`
        : step.kind === 'tlbi'
          ? `tlbi ${step.operation}${step.operand === undefined ? '' : ` ${step.operand.toString(16)}`}`
          : Object.values(step).join(' ');
    if (lines.at(-1) !== line) lines.push(line);
  }
  return lines;
}

const check = ({ space: of, arena, root }: Live, steps: readonly EditStep[], options?: EditOptions) =>
  checkSteps(of, root, arena, steps, options).map(({ rule, step }) => `${rule} at ${step}`);

describe('the steps of an edit', () => {
  test('mapping needs no invalidation: new table, barrier, link', () => {
    const state = live([block]);
    const edit: Edit = { kind: 'map', mapping: { va: 0x1000n, pa: 0x1000n, size: 0x1000n, attributes: readWrite } };
    expect(listing(plan(state, edit).steps)).toEqual(
      ['clear 102', 'write 103', 'clear 103', 'write 102', 'dsb ishst', 'write 100', 'dsb ishst', 'isb'].sort(
        (a, b) => order.indexOf(a) - order.indexOf(b),
      ),
    );
  });

  test('permissions change in place, and old ones are forgotten', () => {
    const edit: Edit = { kind: 'protect', va: block.va, size: block.size, attributes: readOnly };
    expect(listing(plan(live([block]), edit).steps)).toEqual([
      'write 101',
      'dsb ishst',
      'tlbi vale1is 600000040000',
      'dsb ish',
      'isb',
    ]);
  });
});
const order: string[] = [];
void [applyEdit, device, pages, listMappings, tablesForEdit, walk, check];
