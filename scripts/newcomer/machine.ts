import { expect } from 'vitest';
import { before, behind, type Demonstration } from './demonstration.ts';

const MACHINE = `import {
  type Arrival,
  type LoadedReboot,
  type Machine,
  type Reality,
  SimulatedMachine,
  type Staged,
  Staging,
  type Watch,
} from '@kexeckit/reboot';

/** The simulated machine, with an operator who says good-bye on its console. */
export class PoliteMachine implements Machine<Arrival> {
  readonly name = 'polite';
  readonly rehearses = false;
  readonly #inner = new SimulatedMachine();
  readonly #staging = new Staging<Arrival>();

  async describe(): Promise<Reality> {
    return { ...(await this.#inner.describe()), name: this.name };
  }

  async stage(reboot: LoadedReboot, watch: Watch = {}): Promise<Staged<Arrival>> {
    this.#staging.refuseIfTaken();
    const inner = await this.#inner.stage(reboot);
    return this.#staging.hold(reboot.plan, {
      digest: () => inner.digest(),
      discard: () => inner.discard(),
      commit: (during) => {
        watch.onEvent?.({ type: 'console', text: 'good-bye\\n' });
        return inner.commit(during);
      },
    });
  }

  async staged(): Promise<Staged<Arrival> | undefined> {
    return this.#staging.current;
  }
}
`;

const KIND = `import type { MachineKind } from './kind.ts';
import { type SimulatedValues, simulated } from './simulated.ts';

/** The polite machine: as the simulated one, with its defaults. */
export const polite: MachineKind<SimulatedValues> = {
  ...simulated,
  name: 'polite',
  summary: 'a simulated machine that says good-bye',
  options: {},
  defaults: {},
  goesOn: false,
  make: async () => {
    const { PoliteMachine } = await import('@kexeckit/qemu');
    return { machine: new PoliteMachine() };
  },
};
`;

/** A machine around the simulated one, in a package of floor 4. */
export const machine: Demonstration = {
  row: 'new machine',
  add: (copy) => {
    copy.write('packages/qemu/src/polite.ts', MACHINE);
    copy.append('packages/qemu/src/index.ts', "export { PoliteMachine } from './polite.ts';");
    copy.write('apps/cli/src/machines/polite.ts', KIND);
    const kinds = 'apps/cli/src/machines/index.ts';
    copy.edit(kinds, before('import { type QemuValues', "import { polite } from './polite.ts';\n"));
    copy.edit(kinds, behind('= [simulated, qemu', ', polite'));
  },
  sees: {
    'it passes the contract': (copy) => {
      const printed = copy.evaluate(
        'packages/qemu',
        `import { PoliteMachine } from '@kexeckit/qemu';
        import { generateWorkload } from '@kexeckit/reboot';
        import { machineContract } from '@kexeckit/reboot/testing';
        const request = { ...generateWorkload(200_000, 100_000, 3), cmdline: '', strategy: 'mmu-on', seed: 1 };
        for (const { check } of machineContract) await check({ machine: new PoliteMachine(), request });
        console.log('all', machineContract.length > 10);`,
      );
      expect(printed).toBe('all true');
    },
    'the command offers it, and runs on it': (copy) => {
      expect(copy.kexeckit('help', 'reboot').stdout).toMatch(/^ +polite +a simulated machine that says good-bye$/m);
      const { status, output } = copy.kexeckit('reboot', '--machine', 'polite', '--strategy', 'mmu-on');
      expect(output).toContain('| good-bye\n');
      expect(status).toBe(0);
    },
  },
};
