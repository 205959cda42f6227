import type { MachineProfile } from '@kexeckit/cost';
import { UsageError } from '../error.ts';
import { type Inputs, readInput } from './files.ts';
import { MACHINE } from './headings.ts';
import { longName, type OptionsFor } from './option.ts';
import { textOf } from './text.ts';
import { filled } from './values.ts';

/** Whose prices an estimate uses. */
export interface ProfileValues {
  readonly profile?: string;
}

/** The options of {@link ProfileValues}. */
export const profileOptions: OptionsFor<ProfileValues> = {
  profile: {
    heading: MACHINE,
    summary: 'what the machine takes, as timeline --fit has written it',
    value: '<file>',
    parse: filled,
  },
};

/** Bytes of a profile. */
const PROFILE_MAX = 2 ** 20;

/** The profile that was given. @throws UsageError for a file that cannot be read or is no profile, with what is wrong in it. */
export async function readProfile({ profile: path }: ProfileValues, io: Inputs): Promise<MachineProfile | undefined> {
  if (path === undefined) return undefined;
  const bytes = await readInput(path, longName('profile'), io, PROFILE_MAX);
  const { CostError, parseProfile } = await import('@kexeckit/cost');
  try {
    return parseProfile(textOf(bytes, `${longName('profile')} ${path}`));
  } catch (cause) {
    if (!(cause instanceof CostError)) throw cause;
    throw new UsageError('EINVAL', `${longName('profile')} ${path}: ${cause.message}`, cause.hint, { cause });
  }
}
