import {
  generateWorkload,
  type Machine,
  type Reality,
  RebootError,
  type RebootPlan,
  SimulatedMachine,
  stageReboot,
} from '@kexeckit/reboot';
import { LendingMachine } from '@kexeckit/reboot/testing';
import { beforeAll, describe, expect, test } from 'vitest';
import { requestOfPlan } from '../options/request.ts';
import { AsPlanned } from './as-planned.ts';

const files = generateWorkload(64 << 10, 64 << 10, 5);
const request = { ...files, cmdline: 'quiet', strategy: 'mmu-on', seed: 1 } as const;

/** A machine that says something else of itself than the simulated one. */
function machineSaying(other: Partial<Reality>): Machine {
  const machine = new SimulatedMachine();
  return {
    name: machine.name,
    rehearses: false,
    describe: async () => ({ ...(await machine.describe()), ...other }),
    stage: (reboot) => machine.stage(reboot),
    staged: () => machine.staged(),
  };
}

let saved: RebootPlan;
beforeAll(async () => {
  saved = (await stageReboot(new SimulatedMachine(), request, { rehearse: false })).plan;
});

const stageAgain = async (machine: Machine, plan: RebootPlan = saved) =>
  await stageReboot(new AsPlanned(machine, plan), requestOfPlan(plan, files), { rehearse: false });

describe('a saved plan, made again', () => {
  test('is the same where the machine is', async () => {
    const { plan, proof, staged } = await stageAgain(machineSaying({}));
    expect(plan).toEqual(saved);
    expect(proof.violations).toEqual([]);
    await staged.discard();
  });

  test('has seeds of the machine’s own', async () => {
    const { plan } = await stageAgain(machineSaying({ entropy: new Uint8Array(32).fill(7) }));
    expect(plan.dtb).not.toEqual(saved.dtb);
    expect(plan.stage.placement).toEqual(saved.stage.placement);
  });

  test('has pages of the machine’s own where it lends some, which it gets back', async () => {
    const lending = new LendingMachine(machineSaying({}));
    const { plan, proof, staged } = await stageAgain(lending);
    expect(lending.lent).toBeGreaterThan(0);
    expect(plan.stage).not.toEqual(saved.stage);
    expect(plan.stage.placement).toEqual(saved.stage.placement);
    expect(proof.violations).toEqual([]);
    await staged.discard();
    expect(lending.lent).toBe(0);
  });

  test('gives them back where it is refused', async () => {
    const lending = new LendingMachine(machineSaying({}));
    const other = { ...saved, cmdline: 'other' };
    await expect(stageAgain(lending, other)).rejects.toMatchObject({ code: 'ESTALE' });
    expect(lending.lent).toBe(0);
  });

  test('is refused on another machine, which is named, and nothing is staged', async () => {
    const machine = machineSaying({ cpus: 3 });
    const refused = stageAgain(machine);
    await expect(refused).rejects.toThrow(RebootError);
    await expect(refused).rejects.toMatchObject({ code: 'ESTALE', changes: [{ path: 'cpus' }] });
    expect(await machine.staged()).toBeUndefined();
  });

  test('is refused where the same machine decides something else', async () => {
    const { segments } = saved.stage.placement;
    const moved = segments.map((segment) => ({ ...segment, mem: segment.mem + 0x1000n }));
    const stage = { ...saved.stage, placement: { ...saved.stage.placement, segments: moved } };
    const machine = machineSaying({});
    await expect(stageAgain(machine, { ...saved, stage })).rejects.toMatchObject({
      code: 'ESTALE',
      message: expect.stringMatching(/stage\.placement\.segments/),
    });
    expect(await machine.staged()).toBeUndefined();
  });
});
