import { loadImage, strategies } from '@kexeckit/relocation';
import { describe, expect, test } from 'vitest';
import { planReboot } from '../plan/plan.ts';
import { proveReboot } from '../road/reboot.ts';
import { SimulatedMachine } from '../simulated/machine.ts';
import { generateWorkload } from '../workload.ts';
import { rehearse } from './rehearse.ts';

const states = {
  EL1: { exceptionLevel: 1 },
  EL2: { exceptionLevel: 2 },
  VHE: { exceptionLevel: 2, vhe: true },
  'soft restart': { exceptionLevel: 1, softRestart: true },
} as const;
const files = generateWorkload(40_000, 20_001, 1);

describe('a correct reboot passes every rehearsal', () => {
  const cases = Object.entries(states).flatMap(([name, state]) =>
    strategies.flatMap(({ name: strategy, canVerify }) =>
      [true, false].flatMap((breadcrumbs) =>
        (canVerify ? [true, false] : [false]).map((verify) => ({ name, state, strategy, verify, breadcrumbs })),
      ),
    ),
  );
  test.each(cases)('$strategy at $name, verify $verify, breadcrumbs $breadcrumbs', async (setup) => {
    const { state, strategy, verify, breadcrumbs } = setup;
    const machine = new SimulatedMachine(state);
    const request = { ...files, cmdline: '', strategy, seed: 5, verify, breadcrumbs };
    const { reality, ...loaded } = await proveReboot(machine, request);
    const report = await rehearse(loaded, reality, { thorough: true });
    expect(report.runs.length).toBeGreaterThan(3);
  });
});

describe('a correct reboot passes on other machines too', () => {
  const large = generateWorkload(400_000, 200_000, 2);

  test.each([
    ['mmu-on', 16],
    ['mmu-on', 256],
    ['mmu-on', 2048],
    ['mmu-off', 256],
  ] as const)('%s, data cache lines of %i bytes', async (strategy, dataLine) => {
    const request = { ...large, cmdline: '', strategy, seed: 5, verify: false };
    const { reality, ...loaded } = await proveReboot(new SimulatedMachine(), request);
    const features = { ...reality.features, dataLine };
    expect((await rehearse(loaded, { ...reality, features })).runs.length).toBe(1);
  });

  test('with a console that does not begin its page', async () => {
    const machine = new SimulatedMachine();
    const described = await machine.describe();
    const reality = { ...described, console: { kind: 'pl011', address: 0x0900_0400n } } as const;
    const request = { ...files, cmdline: '', strategy: 'mmu-on', seed: 5, breadcrumbs: true } as const;
    const { plan, contents } = await planReboot(request, reality);
    const image = loadImage(plan.stage, contents);
    expect((await rehearse({ plan, contents, image }, reality)).runs.length).toBe(1);
  });
});

describe('what was noted while a digest was proved', () => {
  const large = generateWorkload(400_000, 200_000, 2);

  test.each(['mmu-on', 'reserved'] as const)('does not hide what has changed since: %s', async (strategy) => {
    const request = { ...large, cmdline: '', strategy, seed: 5 };
    const { reality, ...loaded } = await proveReboot(new SimulatedMachine(), request);
    const initrd = loaded.contents.get('initrd');
    expect(loaded.notes).toBeDefined();
    initrd?.fill(0x77, 5 * 4096 + 100, 5 * 4096 + 101);
    await expect(rehearse(loaded, reality)).rejects.toMatchObject({ code: 'EIO', complaint: 'digest' });
  });
});
