import { REBOOT } from './headings.ts';
import type { OptionsFor } from './option.ts';
import { oneOf } from './values.ts';

/** How a reboot is rehearsed before it is staged. */
export interface RehearseValues {
  readonly rehearse?: 'no' | 'once' | 'thorough';
}

/** The options of {@link RehearseValues}. */
export const rehearseOptions: OptionsFor<RehearseValues> = {
  rehearse: {
    heading: REBOOT,
    summary: 'run it on the strict machine first: no, once or thorough (linux: once, others: no)',
    value: '<how>',
    parse: oneOf<'no' | 'once' | 'thorough'>(['no', 'once', 'thorough']),
  },
};
