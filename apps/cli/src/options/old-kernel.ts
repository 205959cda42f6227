import { UsageError } from '../error.ts';
import type { MachineTraits } from '../machines/kind.ts';
import { OLD_KERNEL } from './headings.ts';
import { longName, type OptionsFor } from './option.ts';
import { filled, text } from './values.ts';

/** The kernel that is rebooted from, on a machine that has none by itself. */
export interface OldKernelValues {
  readonly from?: string;
  readonly fromRoot?: string;
  readonly fromAppend?: string;
}

/** The options of {@link OldKernelValues}. */
export const oldKernelOptions: OptionsFor<OldKernelValues> = {
  from: {
    heading: OLD_KERNEL,
    summary:
      'with qemu: arm64 kernel that boots first, and reboots into the next one by its own means (--timeout: 900)',
    value: '<file>',
    parse: filled,
  },
  fromRoot: {
    heading: OLD_KERNEL,
    summary:
      'initial RAM disk with busybox and kexeckit that it runs from: kexeckit-root-arm64.cpio.gz of npm run bundle',
    value: '<file>',
    parse: filled,
  },
  fromAppend: {
    heading: OLD_KERNEL,
    summary: 'added to its command line, as crashkernel=320M',
    value: '<string>',
    parse: text,
  },
};

/** What cannot be asked of an old kernel that leaves by itself, and why. */
const instead: Readonly<Record<string, string>> = {
  savePlan: 'the plan is made on the machine, and goes with it',
  softRestart: 'the old kernel leaves as it does; leave it out',
};

/** Refuses what does not go together. @throws UsageError */
export function checkOldKernel(values: OldKernelValues, { name, bootsOldKernel }: MachineTraits): void {
  const { from, fromRoot } = values;
  if (from === undefined) {
    const alone = (['fromRoot', 'fromAppend'] as const).find((each) => values[each] !== undefined);
    if (alone === undefined) return;
    throw new UsageError(
      'EINVAL',
      `${longName(alone)} stands without ${longName('from')}`,
      'give both, or leave it out',
    );
  }
  if (bootsOldKernel !== true)
    throw new UsageError(
      'EINVAL',
      `${longName('from')} has no meaning on the ${name} machine`,
      'use it with --machine qemu',
    );
  for (const [option, why] of Object.entries(instead)) {
    const value: unknown = Reflect.get(values, option);
    if (value === undefined || value === false) continue;
    throw new UsageError('EINVAL', `${longName(option)} has no meaning with ${longName('from')}`, why);
  }
  if (fromRoot === undefined)
    throw new UsageError(
      'EINVAL',
      `${longName('from')} stands without ${longName('fromRoot')}`,
      'npm run bundle, in the source of kexeckit, makes one: dist/kexeckit-root-arm64.cpio.gz',
    );
}
