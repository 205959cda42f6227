import { expect } from 'vitest';
import { bundled } from './bundle.ts';
import type { Demonstration } from './demonstration.ts';

const NEW = 'mmu-on-again';

/** The file with a copy of the record of mmu-on behind it, under the new name. */
function withOneMoreRecord(text: string): string {
  return text.replace(/^ {2}\{\n {4}name: 'mmu-on',[\s\S]*?^ {2}\},\n/m, (record) => {
    return record + record.replace("'mmu-on'", `'${NEW}'`);
  });
}

/** One more that moves pages with the MMU on. */
export const strategy: Demonstration = {
  row: 'new strategy',
  add: (copy) => copy.edit('packages/relocation/src/strategies.ts', withOneMoreRecord),
  sees: {
    'the command lists it': (copy) => {
      expect(copy.kexeckit('reboot', '--help')).toMatchObject({ status: 0, stdout: expect.stringContaining(NEW) });
    },
    'it is planned, proved and run': (copy) => {
      const { status, stdout } = copy.kexeckit('reboot', '--strategy', NEW, '--no-checks', '--json');
      expect(JSON.stringify(JSON.parse(stdout))).toContain(`"strategy":"${NEW}"`);
      expect(status).toBe(0);
    },
    'the documents list it': (copy) => {
      expect(copy.run('node', 'scripts/tables.mjs')).toMatchObject({ status: 0, output: '' });
      for (const file of ['README.md', 'packages/relocation/README.md'])
        expect(copy.read(file)).toMatch(new RegExp(`^\\| \`${NEW}\` \\| .+ \\|$`, 'm'));
    },
    'the lab has it': (copy) => {
      // Page and worker share no scripts: each has the record in one of its own.
      expect(bundled(copy, NEW).length).toBeGreaterThanOrEqual(2);
    },
  },
};
