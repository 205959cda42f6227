import { expect } from 'vitest';
import type { Demonstration } from './demonstration.ts';

const BENCHMARK = `import type { Benchmark } from '@kexeckit/bench';
import { parameq } from '@kexeckit/cmdline';

/** Comparing names of parameters. */
export const benchmarks: Benchmark[] = [
  {
    name: 'compare two names',
    operations: 1,
    setup: () => () => void parameq('crash-kernel', 'crash_kernel'),
    reference: { name: 'replaceAll', setup: () => () => void ('crash-kernel'.replaceAll('-', '_') === 'crash_kernel') },
  },
];
`;

/** How long it takes to compare two names of parameters. */
export const benchmark: Demonstration = {
  row: 'benchmark',
  add: (copy) => copy.write('packages/cmdline/bench/names.bench.ts', BENCHMARK),
  sees: {
    'it is measured beside its competitor': (copy) => {
      const args = ['--quick', '--filter', 'cmdline compare two names', '--json'];
      const { status, stdout } = copy.run('node', 'tools/bench/dist/main.js', ...args);
      expect(JSON.parse(stdout)).toEqual([
        expect.objectContaining({
          name: 'compare two names',
          reference: expect.objectContaining({ name: 'replaceAll' }),
        }),
      ]);
      expect(status).toBe(0);
    },
  },
};
