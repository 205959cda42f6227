import { parseArgs } from 'node:util';

/** What a run was asked for. */
export interface Options {
  /** Only benchmarks with this text in their package or name. */
  readonly filter: string;
  readonly samples: number;
  /** How long one sample takes at least, in milliseconds. */
  readonly sampleMs: number;
  readonly json: boolean;
}

/** Reads the arguments. @throws Error, with a message for the user, for what it does not know or cannot use. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      filter: { type: 'string' },
      samples: { type: 'string' },
      quick: { type: 'boolean' },
      json: { type: 'boolean' },
    },
  });
  const text = values.samples ?? (values.quick ? '7' : '9');
  const samples = Number(text);
  if (!Number.isInteger(samples) || samples < 1)
    throw new RangeError(`--samples ${text}: give a whole number, 1 or more; 7 make a fair median`);
  return { filter: values.filter ?? '', samples, sampleMs: values.quick ? 5 : 30, json: values.json ?? false };
}
