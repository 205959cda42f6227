import { expect } from 'vitest';
import { before, type Demonstration } from './demonstration.ts';

const PROOF = 'packages/relocation/src/proof';

const CHECK = `import { pfnOf } from '../page.ts';
import type { Ledger } from './ledger.ts';
import type { PlanView } from './view.ts';

/** Where the old kernel jumps to. */
export function checkStart({ stage, isRam }: PlanView, ledger: Ledger): void {
  const pfn = pfnOf(stage.start);
  if (stage.start % 4n !== 0n || !isRam(pfn))
    ledger.violated('start', pfn, ['routine'], 'there is no word of System RAM');
  ledger.checked('start', 1);
}
`;

/** The routine starts at a word of System RAM. */
export const invariant: Demonstration = {
  row: 'new invariant',
  add: (copy) => {
    copy.edit(
      `${PROOF}/invariants.ts`,
      before("  'hand-over':", "  start: 'the routine starts at a word of System RAM',\n"),
    );
    copy.write(`${PROOF}/start.ts`, CHECK);
    copy.edit(
      `${PROOF}/prove.ts`,
      before("import { viewPlan } from './view.ts';", "import { checkStart } from './start.ts';\n"),
    );
    copy.edit(`${PROOF}/prove.ts`, before('  return ledger.close();', '  checkStart(view, ledger);\n'));
  },
  sees: {
    'the command proves it, and says what it is': (copy) => {
      const plan = copy.path('plan.json');
      expect(copy.kexeckit('reboot', '--strategy', 'mmu-on', '--no-checks', '--save-plan', plan).status).toBe(0);
      const { status, stdout } = copy.kexeckit('prove', plan);
      expect(stdout).toMatch(/^ *start +1 +the routine starts at a word of System RAM$/m);
      expect(status).toBe(0);
    },
    'a plan that breaks it is refused': (copy) => {
      const printed = copy.evaluate(
        'packages/reboot',
        `import { generateWorkload, proveReboot, SimulatedMachine } from '@kexeckit/reboot';
        import { prove } from '@kexeckit/relocation';
        const request = { ...generateWorkload(200_000, 100_000, 1), cmdline: '', strategy: 'mmu-on', seed: 1 };
        const { plan, image, contents } = await proveReboot(new SimulatedMachine(), request);
        const { violations } = prove({ ...plan.stage, start: plan.stage.start + 2n }, image, contents);
        console.log(violations.find(({ invariant }) => invariant === 'start')?.detail);`,
      );
      expect(printed).toBe('there is no word of System RAM');
    },
  },
};
