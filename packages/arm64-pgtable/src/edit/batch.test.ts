import { describe, expect, test } from 'vitest';
import {
  type Attributes,
  applyEdit,
  buildTables,
  checkSteps,
  countTables,
  type Edit,
  type EditOptions,
  type EditStep,
  listMappings,
  type Mapping,
  planEdit,
  type Space,
  TableArena,
  tablesForEdit,
} from '../index.ts';

const readWrite: Attributes = { type: 'Normal', writable: true, executable: false };
const readOnly: Attributes = { type: 'Normal', writable: false, executable: false };
const device: Attributes = { type: 'Device-nGnRE', writable: true, executable: false };
const space: Space = { granule: '4K', vaBits: 39, regime: 'EL1' };
const MiB = 0x10_0000n;
const block: Mapping = { va: 0x4000_0000n, pa: 0x8000_0000n, size: 2n * MiB, attributes: readWrite };
const pages: Mapping = { ...block, va: 0x4020_0000n, largestLevel: 3, contiguous: false };

function live(): { readonly arena: TableArena; readonly root: number; pool: readonly number[] } {
  const arena = new TableArena(0x100, 16, 1024);
  const root = buildTables(space, [block, pages], arena.pages, arena);
  return { arena, root, pool: arena.pages.slice(countTables(space, [block, pages])) };
}

const kinds = (steps: readonly EditStep[]): string[] =>
  steps.map((step) => (step.kind === 'dsb' ? `dsb ${step.domain}` : step.kind)).filter((kind) => kind !== 'write');

const page = (index: bigint, of: Mapping = pages): { va: bigint; size: bigint } => ({
  va: of.va + index * 0x1000n,
  size: 0x1000n,
});

const unmapOne: Edit = { kind: 'unmap', ...page(3n) };
const protectOne: Edit = { kind: 'protect', ...page(8n), attributes: readOnly };
const retypeOne: Edit = { kind: 'protect', ...page(12n), attributes: device };
const moved: Mapping = { ...pages, ...page(20n), pa: 0x9000_0000n };
const move: Edit[] = [
  { kind: 'unmap', ...page(20n) },
  { kind: 'map', mapping: moved },
];

describe('several edits at once', () => {
  test('take one set of barriers, and each invalidation once', () => {
    const { arena, root, pool } = live();
    const edits = [unmapOne, protectOne, retypeOne, ...move];
    const plan = planEdit(space, root, arena, edits, pool);
    expect(kinds(plan.steps)).toEqual(['dsb ishst', ...Array(4).fill('tlbi'), 'dsb ish', 'dsb ishst', 'isb']);
    expect(checkSteps(space, root, arena, plan.steps)).toEqual([]);
    const alone = edits.map((edit) => {
      const { steps } = planEdit(space, root, arena, edit, pool);
      applyEdit({ steps }, arena);
      return steps;
    });
    expect(alone.flat().filter(({ kind }) => kind === 'dsb').length).toBeGreaterThan(8);
  });

  test('end where they end one by one, however they overlap and whatever the CPUs can', () => {
    const batches: Edit[][] = [
      [unmapOne, protectOne, retypeOne],
      move,
      [
        { kind: 'unmap', va: block.va, size: block.size },
        { kind: 'map', mapping: { ...block, pa: 0xa000_0000n } },
      ],
      [
        { kind: 'unmap', va: block.va, size: block.size },
        { kind: 'map', mapping: { ...block, size: 0x3000n } },
      ],
      [
        { kind: 'unmap', ...pages },
        { kind: 'map', mapping: { ...pages, largestLevel: 2 } },
      ],
      [
        { kind: 'unmap', ...pages },
        { kind: 'map', mapping: { ...pages, pa: 0xa000_0000n, largestLevel: 2 } },
      ],
      [
        { kind: 'merge', va: block.va },
        { kind: 'unmap', ...page(7n) },
      ],
      [
        { kind: 'split', va: block.va, level: 3 },
        { kind: 'unmap', ...page(1n, block) },
        { kind: 'merge', va: block.va },
      ],
      [
        { kind: 'protect', ...page(5n, block), attributes: device },
        { kind: 'unmap', va: block.va, size: 4n * MiB },
      ],
      [],
    ];
    for (const edits of batches)
      for (const bbm of [0, 1, 2] as const) {
        const options: EditOptions = { bbm };
        const [together, alone] = [live(), live()];
        const count = tablesForEdit(space, together.root, together.arena, edits, options);
        const plan = planEdit(space, together.root, together.arena, edits, together.pool.slice(0, count), options);
        expect(plan.takes.length).toBe(count);
        expect(checkSteps(space, together.root, together.arena, plan.steps, options)).toEqual([]);
        applyEdit(plan, together.arena);
        for (const edit of edits) {
          const { steps } = planEdit(space, alone.root, alone.arena, edit, alone.pool.slice(-6), options);
          applyEdit({ steps }, alone.arena);
          alone.pool = alone.pool.slice(0, -3);
        }
        const runs = ({ arena, root }: ReturnType<typeof live>): unknown => listMappings(space, root, arena).runs;
        expect(runs(together)).toEqual(runs(alone));
      }
  });

  test('are one: what one of them makes and another takes away is never seen', () => {
    const { arena, root, pool } = live();
    const there: Edit[] = [
      { kind: 'map', mapping: { ...block, va: 0x1_0000_0000n } },
      { kind: 'unmap', va: 0x1_0000_0000n, size: block.size },
    ];
    expect(planEdit(space, root, arena, there, pool)).toEqual({ steps: [], takes: [], frees: [], freeFrom: 0 });
  });

  test('are refused together, before anything is written', () => {
    const { arena, root, pool } = live();
    const before = arena.words.slice();
    const twice: Edit[] = [unmapOne, { kind: 'protect', ...page(3n), attributes: readOnly }];
    for (const attempt of [
      () => planEdit(space, root, arena, twice, pool),
      () => tablesForEdit(space, root, arena, twice),
    ])
      expect(attempt).toThrow(/0x40203000 is not mapped/);
    expect(arena.words).toEqual(before);
  });

  test('say from which step on what they free may be used again', () => {
    const { arena, root, pool } = live();
    const edits: Edit[] = [
      { kind: 'unmap', ...pages },
      ...[1n, 2n].map((n): Edit => ({ kind: 'unmap', ...page(n, block) })),
    ];
    for (const bbm of [0, 1, 2] as const) {
      const { steps, frees, freeFrom } = planEdit(space, root, arena, edits, pool, { bbm });
      expect(frees).toEqual([0x102]);
      const reuse: EditStep = { kind: 'write', table: 0x102, index: 5, low: 0x703, high: 0 };
      expect(checkSteps(space, root, arena, steps.toSpliced(freeFrom, 0, reuse), { bbm })).toEqual([]);
      const early = checkSteps(space, root, arena, steps.toSpliced(freeFrom - 1, 0, reuse), { bbm });
      expect(early.map(({ rule }) => rule)).toContain('table-in-use');
    }
  });
});
