import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Attributes,
  applyEdit,
  checkSteps,
  type DescriptorSource,
  type EditStep,
  type EditViolation,
  pageInSpace,
  type Space,
  shapeOf,
  type TlbiOperation,
} from '../src/index.ts';
import { allKinds, hasAsids, type Planned, planAll, planLast, scriptOf, tableScripts } from './edit-scripts.ts';
import { mutantsOf } from './mutants.ts';
import { layoutOf } from './walker-descriptors.ts';
import { WalkerModel } from './walker-model.ts';

/** Pages in and beside what is edited. */
function samplesOf({ space, edits }: Planned): number[] {
  const { inputPages, pageShift, entries, contiguous } = shapeOf(space);
  const group = contiguous[3] ?? 1;
  const samples = edits.flatMap((edit) => {
    const { va, size } = edit.kind === 'map' ? edit.mapping : { size: 0n, ...edit };
    const from = pageInSpace(space, va) ?? 0;
    const pages = Math.max(Number((size ?? 0n) >> BigInt(pageShift)), 1);
    const inside = [0, 1, Math.floor(pages / 2), pages - 1].map((offset) => from + offset);
    return [...inside, from - 1, from + pages, from + group - 1, from - (from % group), from + entries];
  });
  return [...new Set(samples)].filter((page) => page >= 0 && page < inputPages);
}

/** What goes wrong when CPUs walk while steps are carried out. */
function faultsOf(
  planned: Planned,
  steps: readonly EditStep[],
  pages: readonly number[],
  freeFrom: number = planned.plan.freeFrom,
): string[] {
  const { memory, plan } = planned;
  const model = modelOf(planned, memory, pages);
  const [before, after] = [modelOf(planned, memory, pages), modelOf(planned, carriedOut(planned), pages)];
  model.run(steps, before, after, { pages: plan.frees, from: freeFrom });
  return [...model.faults];
}

function modelOf({ space, root, options }: Planned, source: DescriptorSource, pages: readonly number[]): WalkerModel {
  const other = { asid: 9n, globalOnly: options.asid !== undefined };
  const walkers = hasAsids(space) ? [{ asid: 5n, globalOnly: false }, other] : [{ asid: 0n, globalOnly: false }];
  return new WalkerModel(layoutOf(space), root, source, { bbm: options.bbm ?? 0, walkers, pages });
}

function carriedOut({ plan, memory }: Planned): Planned['memory'] {
  const changed = memory.copy();
  applyEdit(plan, changed);
  return changed;
}

/** Whether any page is translated differently afterwards. */
function isNoticed(planned: Planned, pages: readonly number[]): boolean {
  const [before, after] = [modelOf(planned, planned.memory, pages), modelOf(planned, carriedOut(planned), pages)];
  return pages.some((page) => before.settled(BigInt(page)) !== after.settled(BigInt(page)));
}

describe('walkers at their worst see the old, the new or a fault while a plan is carried out, and the new afterwards', () => {
  test.for(allKinds)('$granule with $paBits bits of output, stage $stage, bbm $bbm', (kind) => {
    let planned = 0;
    fc.assert(
      fc.property(scriptOf(kind), (script) => {
        const last = planLast(script);
        if (last === undefined || last.plan.steps.length === 0) return;
        planned += 1;
        const faults = faultsOf(last, last.plan.steps, samplesOf(last));
        if (faults.length > 0) throw new Error(`${faults.slice(0, 5).join('\n')}\n${listing(last.plan.steps)}`);
      }),
      { numRuns: 15, seed: 16 },
    );
    expect(planned).toBeGreaterThan(1);
  });
});

test('a freed page that is used again a step before it is free is found', () => {
  let freed = 0;
  const stage1 = allKinds.filter(({ stage }) => stage === 1);
  fc.assert(
    fc.property(fc.constantFrom(...stage1).chain(scriptOf), (script) => {
      const last = planLast(script);
      if (last === undefined || last.plan.frees.length === 0) return;
      freed += 1;
      const { steps, freeFrom } = last.plan;
      const faults = faultsOf(last, steps, samplesOf(last), freeFrom - 1);
      expect(faults.join('\n')).toContain('a walker may use freed page');
    }),
    { numRuns: 150, seed: 18 },
  );
  expect(freed).toBeGreaterThan(10);
});

test('several plans, one after the other, leave nothing behind in caches that those before them filled', () => {
  let freed = 0;
  fc.assert(
    fc.property(tableScripts(), (script) => {
      const { space, root, memory, plans } = planAll(script);
      const [first, last] = [plans[0], plans.at(-1)];
      if (first === undefined || last === undefined) return;
      const steps = plans.flatMap(({ plan }) => plan.steps);
      const pages = [...new Set(plans.flatMap(samplesOf))];
      const frees = plans.flatMap(({ plan }) => plan.frees);
      freed += frees.length;
      const model = modelOf(first, memory, pages);
      model.run(steps, modelOf(first, memory, pages), modelOf(last, carriedOut(last), pages), {
        pages: frees,
        from: steps.length,
      });
      // On the way pages are what plans in between make of them.
      const faults = [...model.faults].filter((fault) => !fault.startsWith('before step'));
      const rules = checkSteps(space, root, memory, steps, script.options).map(({ rule }) => rule);
      if (rules.length > 0 || faults.length > 0)
        throw new Error(`the referee says ${rules.join(', ')}; walkers: ${faults.slice(0, 3).join('; ')}
${listing(steps)}`);
    }),
    { numRuns: 100, seed: 19 },
  );
  expect(freed).toBeGreaterThan(50);
});

test('leaves of a table that is zeroed when it is unlinked may go alone, before the table, once that is visible', () => {
  const space: Space = { granule: '4K', vaBits: 39, regime: 'EL1' };
  const attributes: Attributes = { type: 'Normal', writable: true, executable: false };
  const zero: EditStep = { kind: 'clear', table: 0x9006 };
  const st: EditStep = { kind: 'dsb', domain: 'ishst' };
  const sy: EditStep = { kind: 'dsb', domain: 'ish' };
  const tlbi = (operation: TlbiOperation, page: number): EditStep => ({
    kind: 'tlbi',
    operation,
    operand: BigInt(page),
  });
  const ends: EditStep[] = [sy, tlbi('vaae1is', 2), sy, { kind: 'isb' }];
  const unlink: EditStep = { kind: 'write', table: 0x9003, index: 0, low: 0, high: 0 };
  const judge = (contiguous: boolean, between: (leaves: readonly EditStep[]) => readonly EditStep[]) => {
    const size = contiguous ? 0x1_0000n : 0x2000n;
    const last = planLast({
      ...{ space, initial: [{ va: 0n, pa: 0x8000_0000n, size, attributes, largestLevel: 3, contiguous }] },
      ...{ edits: [{ kind: 'unmap', va: 0n, size: 0x20_0000n }], options: {}, batch: 1 },
    });
    if (last === undefined) throw new Error('nothing is planned');
    const leaves = Array.from({ length: Number(size) / 0x1000 }, (_, page) => tlbi('vaale1is', page));
    const steps = [...between(leaves), ...ends];
    const planned = { ...last, plan: { ...last.plan, steps, frees: [0x9006] } };
    const rules = checkSteps(space, last.root, last.memory, steps).map(({ rule }) => rule);
    return { rules, faults: faultsOf(planned, steps, [0, 1, 2], steps.length) };
  };
  const safe = { rules: [], faults: [] };
  expect(judge(false, (leaves) => [unlink, st, zero, st, ...leaves])).toEqual(safe);
  expect(judge(false, (leaves) => [unlink, zero, st, ...leaves])).toEqual(safe);
  expect(judge(true, (leaves) => [unlink, st, zero, st, ...leaves])).toEqual(safe);
  const one: EditStep = { ...unlink, table: 0x9006 };
  const rest = Array.from({ length: 15 }, (_, index) => tlbi('vaae1is', index + 1));
  expect(judge(true, (leaves) => [unlink, st, one, st, ...leaves.slice(0, 1), sy, ...rest])).toEqual(safe);
  // Before walkers see the zeros they come back to the leaves, by the table that they hold.
  const early = [
    (leaves: readonly EditStep[]) => [unlink, st, zero, ...leaves],
    (leaves: readonly EditStep[]) => [unlink, st, ...leaves, zero, st],
    // By the other entries of a group their leaves are found.
    (leaves: readonly EditStep[]) => [unlink, st, one, st, ...leaves],
  ];
  for (const [index, between] of early.entries()) {
    const { rules, faults } = judge(index === 2, between);
    expect(rules).toContain('not-invalidated');
    expect(faults).not.toEqual([]);
  }
});

/** Where a sequence differs from a plan: pages at the places of the stores there, and those that the referee points at. */
function pointedAt(
  { space, plan }: Planned,
  steps: readonly EditStep[],
  violations: readonly EditViolation[],
): number[] {
  const at = steps.findIndex((step, index) => step !== plan.steps[index]);
  const { entries, inputPages } = shapeOf(space);
  const stores = [steps[at], plan.steps[at]].flatMap((step) =>
    step?.kind === 'write' ? [0, 1, 2].map((table) => table * entries + step.index) : [],
  );
  const named = violations.slice(0, 4).flatMap(({ address }) => {
    const page = address === undefined ? undefined : pageInSpace(space, address);
    return page === undefined ? [] : [page];
  });
  return [...stores, ...named].filter((page) => page < inputPages);
}

test('what a mutant of a plan breaks is found by walkers where the referee finds it, and the other way round', () => {
  const tally = { both: 0, neither: 0 };
  fc.assert(
    fc.property(fc.constantFrom(...allKinds).chain(scriptOf), fc.nat(), (script, chosen) => {
      const last = planLast(script);
      if (last === undefined) return;
      const { space, root, memory, plan, options } = last;
      const wanted = carriedOut(last);
      const mutants = [...mutantsOf(plan.steps, BigInt(options.asid ?? 5))];
      const step = Math.max(Math.floor(mutants.length / 12), 1);
      for (let at = chosen % step; at < mutants.length; at += step) {
        const { what, steps } = mutants[at] ?? { what: 'none', steps: [] };
        const changed = memory.copy();
        applyEdit({ steps }, changed);
        // What plainly writes something else is no sequence for this edit.
        if (!wanted.equals(changed)) continue;
        const violations = checkSteps(space, root, memory, steps, options);
        // An instruction of another regime does no harm, and the walkers no good.
        const rules = violations.flatMap(({ rule }) => (rule === 'wrong-regime' ? [] : [rule]));
        const pages = new Set([...samplesOf(last), ...pointedAt(last, steps, violations)]);
        const faults = faultsOf(last, steps, [...pages]);
        // What no page notices needs no ISB either, but every sequence ends with one.
        if (
          rules.length > 0 &&
          faults.length === 0 &&
          rules.every((rule) => rule === 'not-synchronised') &&
          !isNoticed(last, [...pages])
        )
          continue;
        if (rules.length > 0 !== faults.length > 0)
          throw new Error(`${what}: the referee says ${rules.join(', ')}; walkers: ${faults.slice(0, 3).join('; ')}
${listing(steps)}`);
        tally[faults.length > 0 ? 'both' : 'neither'] += 1;
      }
    }),
    { numRuns: 100, seed: 17 },
  );
  expect(tally.both).toBeGreaterThan(50);
  expect(tally.neither).toBeGreaterThan(10);
});

/** The last steps, as text. */
function listing(steps: readonly EditStep[]): string {
  const textOf = (step: EditStep): string =>
    Object.values(step)
      .map((value) => (typeof value === 'string' ? value : value.toString(16)))
      .join(' ');
  return steps.slice(-16).map(textOf).join('\n');
}
