import { OUTPUT } from './headings.ts';
import type { OptionsFor } from './option.ts';
import { filled } from './values.ts';

/** How results are printed: every command has these. */
export interface OutputValues {
  readonly json?: boolean;
}

/** The options of {@link OutputValues}. */
export const outputOptions: OptionsFor<OutputValues> = {
  json: { heading: OUTPUT, summary: 'print the result as JSON' },
};

/** What is kept of a reboot. */
export interface SaveValues {
  readonly savePlan?: string;
}

/** The options of {@link SaveValues}. */
export const saveOptions: OptionsFor<SaveValues> = {
  savePlan: {
    heading: OUTPUT,
    summary: 'write the plan that was proved, before the point of no return',
    value: '<file>',
    parse: filled,
  },
};
