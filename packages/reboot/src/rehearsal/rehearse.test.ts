import { strategies } from '@kexeckit/relocation';
import { describe, expect, test } from 'vitest';
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
