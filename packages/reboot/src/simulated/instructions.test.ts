import { loadImage, type StrategyName } from '@kexeckit/relocation';
import { expect, test } from 'vitest';
import { figureOf } from '../machine/report.ts';
import { planReboot } from '../plan/plan.ts';
import { runLoaded } from '../testing/run-loaded.ts';
import { generateWorkload } from '../workload.ts';
import { SimulatedMachine } from './machine.ts';

const PAGES = 1022;

/** Instructions of a relocation of so many pages and a device tree. */
async function retired(pages: number, strategy: StrategyName, exceptionLevel: 1 | 2): Promise<number> {
  const machine = new SimulatedMachine({ exceptionLevel });
  const { kernel } = generateWorkload(pages * 4096, 0, 1);
  const { plan, contents } = await planReboot(
    { kernel, cmdline: '', strategy, seed: 1, verify: false },
    await machine.describe(),
  );
  const arrival = await runLoaded(machine, { plan, contents, image: loadImage(plan.stage, contents) });
  return figureOf(arrival, 'instructions retired') ?? Number.NaN;
}

test.each([1, 2] as const)('a page is copied and cleaned in at most 700 instructions, at EL%i', async (level) => {
  const perPage = ((await retired(2 * PAGES, 'mmu-on', level)) - (await retired(PAGES, 'mmu-on', level))) / PAGES;
  expect(perPage).toBeLessThanOrEqual(700);
  // 64 lines of ten instructions, four a turn.
  expect(perPage).toBeGreaterThan(640);
});

test('in place there is nothing to do, however many pages there are', async () => {
  expect(await retired(2 * PAGES, 'reserved', 1)).toBe(await retired(PAGES, 'reserved', 1));
});
