import { type ForceValues, forceOption } from '../options/force.ts';
import { MACHINE } from '../options/headings.ts';
import type { OptionsFor } from '../options/option.ts';
import { inCrashRegion } from '../options/strategy.ts';
import type { MachineKind } from './kind.ts';
import { type PlatformValues, platformOptions } from './platform.ts';

/** How this very machine is loaded. */
export interface LoadingValues extends Pick<PlatformValues, 'el'> {
  readonly captureKernel?: boolean;
}

/** What this very machine can be told. */
export interface LinuxValues extends LoadingValues, ForceValues {}

/** The options of {@link LoadingValues}. */
export const loadingOptions: OptionsFor<LoadingValues> = {
  el: platformOptions.el,
  captureKernel: {
    heading: MACHINE,
    summary: 'load although nothing is kept for a panic: until the reboot, no dump is written',
    negated: true,
  },
};

/** The options of {@link LinuxValues}. */
export const linuxOptions: OptionsFor<LinuxValues> = { ...loadingOptions, force: forceOption };

const defaults = {
  el: 'as the kernel shows',
  append: 'empty',
  reserve: 'none',
  strategy: inCrashRegion.join(', '),
} as const;

const REAL = 'the machine is as it is';

/** This very machine. */
export const linux: MachineKind<LinuxValues> = {
  name: 'linux',
  summary: 'this very machine: its kernel is replaced',
  options: linuxOptions,
  defaults,
  instead: { iomem: REAL, memory: REAL, cpus: REAL, vhe: REAL, softRestart: REAL },
  strategies: inCrashRegion,
  cmdline: '',
  workload: undefined,
  goesOn: false,
  make: async ({ el, captureKernel, force }) => {
    const { LinuxMachine } = await import('@kexeckit/linux');
    return {
      machine: new LinuxMachine({
        ...(el !== undefined && { exceptionLevel: el === '2' ? 2 : 1 }),
        withoutCaptureKernel: captureKernel === false,
        ...(force && { services: 'none' }),
      }),
    };
  },
};
