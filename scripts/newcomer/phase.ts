import { expect } from 'vitest';
import { before, type Demonstration } from './demonstration.ts';

const AUDIT = `  audit: {
    name: 'audit',
    undoable: true,
    reporter: 'process',
    limit: 10,
    doing: 'noting',
    meaning: 'the plan is noted for those who ask later',
  },
`;

const FIRMWARE = `  firmware: {
    name: 'firmware',
    undoable: false,
    reporter: 'arrival',
    limit: 30,
    doing: 'asking firmware',
    meaning: 'firmware is told that the kernel changes',
  },
`;

/** One phase on either side of the point of no return. */
export const phase: Demonstration = {
  row: 'new phase',
  add: (copy) => {
    const rows = 'packages/reboot/src/phases.ts';
    copy.edit(rows, before('  load: {\n', AUDIT));
    copy.edit(rows, before('  relocation: {\n', FIRMWARE));
    const through = '  await during(phases.audit, watch, () => {});\n';
    copy.edit(
      'packages/reboot/src/road/reboot.ts',
      before('  const { image, digest } = await during(phases.load', through),
    );
    const time = "      { phase: phases.firmware.name, basis: 'published', seconds: 0.25 },\n";
    copy.edit('packages/reboot/src/strict/priced.ts', before('      timeOf(phases.relocation.name', time));
  },
  sees: {
    'it is announced, cancelled and timed as all others are': (copy) => {
      const printed = copy.evaluate(
        'packages/reboot',
        `import { generateWorkload, SimulatedMachine } from '@kexeckit/reboot';
        import { machineContract } from '@kexeckit/reboot/testing';
        const request = { ...generateWorkload(200_000, 100_000, 3), cmdline: '', strategy: 'mmu-on', seed: 1 };
        const clauses = machineContract.filter(({ name }) => /while it is noting|order of the table/.test(name));
        for (const { check } of clauses) await check({ machine: new SimulatedMachine(), request });
        console.log(clauses.length);`,
      );
      expect(printed).toBe('2');
    },
    'the command tells of it while it lasts, and has a column for its time': (copy) => {
      const printed = copy.evaluate(
        'apps/cli',
        `import { plainPage } from './dist/render/page.js';
        import { run } from './dist/run.js';
        const io = { out: console.log, err: console.log, page: plainPage, errPage: plainPage, isTerminal: true };
        console.log(await run(['reboot', '--strategy', 'mmu-on', '--no-checks'], io));`,
      );
      expect(printed).toContain('mmu-on: noting ...');
      expect(printed).toMatch(/shutdown +firmware +relocation +checksum +startup +total/);
      expect(printed).toMatch(/^ *mmu-on .* 0\.250 /m);
      expect(printed).toMatch(/\n0$/);
    },
    'the documents list it': (copy) => {
      expect(copy.run('node', 'scripts/tables.mjs')).toMatchObject({ status: 0, output: '' });
      for (const file of ['ARCHITECTURE.md', 'packages/reboot/README.md'])
        expect(copy.read(file)).toMatch(/^\| `audit` \| .+ \| yes \| this process \| 10 s \|$/m);
    },
  },
};
