import { expect } from 'vitest';
import { before, type Demonstration } from './demonstration.ts';

const PROOF = 'packages/relocation/src/proof';

const CHECK = `import { PAGE, pfnOf } from '../page.ts';
import type { Ledger } from './ledger.ts';
import type { PlanView } from './view.ts';

/** Where the old kernel jumps to. */
export function checkStart({ stage }: PlanView, ledger: Ledger): void {
  if (stage.start % PAGE !== 0n) ledger.violated('start', pfnOf(stage.start), ['routine'], 'it is within a page');
  ledger.checked('start', 1);
}
`;

/** The routine starts with its page. */
export const invariant: Demonstration = {
  row: 'new invariant',
  add: (copy) => {
    copy.edit(`${PROOF}/invariants.ts`, before("  'hand-over':", "  start: 'the routine starts with its page',\n"));
    copy.write(`${PROOF}/start.ts`, CHECK);
    copy.edit(
      `${PROOF}/prove.ts`,
      before("import { checkRoles } from './touched.ts';", "import { checkStart } from './start.ts';\n"),
    );
    copy.edit(
      `${PROOF}/prove.ts`,
      before("  attempt('machine', ledger", "  attempt('start', ledger, () => checkStart(view, ledger));\n"),
    );
  },
  sees: {
    'the command proves it, and says what it is': (copy) => {
      const plan = copy.path('plan.json');
      expect(copy.kexeckit('reboot', '--strategy', 'mmu-on', '--no-checks', '--save-plan', plan).status).toBe(0);
      const { status, stdout } = copy.kexeckit('prove', plan);
      expect(stdout).toMatch(/^ *start +1 +page +the routine starts with its page$/m);
      expect(status).toBe(0);
    },
    'a plan that breaks it is refused': (copy) => {
      const printed = copy.evaluate(
        'packages/reboot',
        `import { generateWorkload, proveReboot, SimulatedMachine } from '@kexeckit/reboot';
        import { prove } from '@kexeckit/relocation';
        const request = { ...generateWorkload(200_000, 100_000, 1), cmdline: '', strategy: 'mmu-on', seed: 1 };
        const { plan, image, contents, reality } = await proveReboot(new SimulatedMachine(), request);
        const { violations } = prove({ ...plan.stage, start: plan.stage.start + 4n }, image, contents, reality);
        console.log(violations.find(({ invariant }) => invariant === 'start')?.detail);`,
      );
      expect(printed).toBe('it is within a page');
    },
  },
};
