import { allFeatures, type CpuModel, lineSizes } from '@kexeckit/arm64-machine';
import { describe, expect, test } from 'vitest';
import { RebootError } from '../error.ts';
import { figureOf } from '../machine/report.ts';
import { reboot } from '../road/reboot.ts';
import { generateWorkload } from '../workload.ts';
import { SimulatedMachine } from './machine.ts';

const request = { ...generateWorkload(100_000, 50_000, 1), cmdline: '', strategy: 'mmu-on', seed: 1 } as const;

/** What a reboot took on a machine with such CPUs. */
async function taken(cpu: CpuModel): Promise<{ readonly instructions: number; readonly cleaned: number }> {
  const { ending } = await reboot(new SimulatedMachine({ cpu }), request);
  return {
    instructions: figureOf(ending, 'instructions retired') ?? Number.NaN,
    cleaned: figureOf(ending, 'cache lines cleaned') ?? Number.NaN,
  };
}

describe("a simulated machine's CPUs", () => {
  test('have what they are given, and reality says so', async () => {
    const cpu = { without: ['sha256', 'vhe'], dataLine: 128, instructionLine: 32 } as const;
    const { features } = await new SimulatedMachine({ cpu }).describe();
    expect(features).toMatchObject({ sha256: false, vhe: false, dataLine: 128, instructionLine: 32 });
    const { features: all } = await new SimulatedMachine().describe();
    expect(all).toMatchObject({ sha256: true, vhe: true, dataLine: 64, instructionLine: 64 });
  });

  test('without SHA-256 compare digests by other instructions, many times as many', async () => {
    const [without, all] = [await taken({ without: ['sha256'] }), await taken({})];
    expect(without.instructions).toBeGreaterThan(3 * all.instructions);
    expect(without.cleaned).toBe(all.cleaned);
  });

  test('with lines twice as long clean half as many, and arrive', async () => {
    const [long, usual] = [await taken({ dataLine: 128 }), await taken({})];
    expect(long.cleaned / usual.cleaned).toBeCloseTo(0.5, 2);
  });

  test('may lack everything that is optional', async () => {
    const { instructions } = await taken({ without: allFeatures });
    expect(instructions).toBeGreaterThan(0);
  });

  test.each(lineSizes)('arrive with lines of %i bytes', async (line) => {
    expect((await taken({ dataLine: line, instructionLine: line })).cleaned).toBeGreaterThan(0);
  });

  test('that cannot be are refused: VHE without VHE', () => {
    expect(() => new SimulatedMachine({ vhe: true, cpu: { without: ['vhe'] } })).toThrow(RebootError);
  });

  test('that are others than the Stingray has have no prices', async () => {
    const priced = async (cpu?: CpuModel) =>
      (await reboot(new SimulatedMachine(cpu && { cpu }), request)).ending.timeline.profile?.name;
    expect(await priced()).toBe('stingray');
    expect(await priced({ dataLine: 128 })).toBe(undefined);
  });

  test('are those of the machine that was booted', async () => {
    const machine = new SimulatedMachine({ cpu: { without: ['sha256'] } });
    await reboot(machine, request);
    expect((await machine.booted().describe()).features.sha256).toBe(false);
  });
});
