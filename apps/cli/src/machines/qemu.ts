import type { QemuOptions } from '@kexeckit/qemu';
import type { Io } from '../io.ts';
import { MACHINE } from '../options/headings.ts';
import { givenOr, type OptionsFor } from '../options/option.ts';
import { copyingFast } from '../options/strategy.ts';
import { filled, memorySize, pattern, seconds } from '../options/values.ts';
import { Attached } from './attached.ts';
import type { MachineKind } from './kind.ts';
import { type PlatformValues, platformOf, platformOptions } from './platform.ts';

/** What the QEMU machine can be told. */
export interface QemuValues extends PlatformValues {
  readonly memory?: bigint;
  readonly expect?: RegExp;
  readonly timeout?: number;
  readonly qemu?: string;
  readonly keep?: boolean;
}

/** The options of {@link QemuValues}. */
export const qemuOptions: OptionsFor<QemuValues> = {
  ...platformOptions,
  memory: { heading: MACHINE, summary: 'RAM', value: '<size>', parse: memorySize },
  expect: { heading: MACHINE, summary: 'console line that ends the reboot', value: '<regex>', parse: pattern },
  timeout: {
    heading: MACHINE,
    summary: 'limit for a whole reboot, from describing the machine on',
    value: '<seconds>',
    parse: seconds,
  },
  qemu: { heading: MACHINE, summary: 'the program to run', value: '<program>', parse: filled },
  keep: { heading: MACHINE, summary: 'leave the machine running, with this terminal as its console' },
};

const defaults = {
  cpus: '2',
  el: '1',
  memory: '2G',
  expect: 'Run ... as init process',
  timeout: '180',
  qemu: 'qemu-system-aarch64',
  append: 'console=ttyAMA0',
  strategy: copyingFast.join(', '),
} as const;

/** QEMU's virt machine: a real kernel boots. */
export const qemu: MachineKind<QemuValues> = {
  name: 'qemu',
  summary: 'the virt machine of QEMU, where a real kernel boots',
  options: qemuOptions,
  defaults,
  instead: { iomem: 'its map comes from QEMU; see --memory' },
  strategies: async () => copyingFast,
  cmdline: defaults.append,
  workload: undefined,
  goesOn: false,
  bootsOldKernel: true,
  make: async (values, io) => {
    const { options, attached } = await qemuOptionsOf(values, io);
    const { QemuMachine } = await import('@kexeckit/qemu');
    return { ...(attached && { attached }), machine: new QemuMachine(options) };
  },
};

/** What a machine of QEMU is made of. */
export interface MadeQemu {
  readonly options: QemuOptions;
  /** Set where the terminal may become the machine's console. */
  readonly attached: Attached | undefined;
}

/** The same values in the machine's words. @param limit the default of `--timeout`. @throws UsageError */
export async function qemuOptionsOf(values: QemuValues, io: Io, limit: string = defaults.timeout): Promise<MadeQemu> {
  const platform = await platformOf(values, defaults);
  const memory = await givenOr(qemuOptions.memory, values.memory, defaults.memory);
  const timeout = await givenOr(qemuOptions.timeout, values.timeout, limit);
  const binary = await givenOr(qemuOptions.qemu, values.qemu, defaults.qemu);
  const attached = values.keep && io.stdin ? new Attached(io, io.stdin.keyboard('the console')) : undefined;
  const options: QemuOptions = {
    ...platform,
    memory,
    binary,
    timeoutMs: timeout * 1000,
    ...(values.expect && { expect: values.expect }),
    ...(attached && { keep: (machine) => attached.to(machine) }),
  };
  return { options, attached };
}
