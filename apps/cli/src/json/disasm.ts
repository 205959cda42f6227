import * as v from 'valibot';
import { bootFormat } from './image.ts';
import { address, count, flag, list, object, text, texts, totals } from './parts.ts';

const line = object(
  {
    address: address('where it stands'),
    word: v.pipe(v.string(), v.regex(/^0x[0-9a-f]+$/), v.description('its 32 bits')),
    text: text('the instruction; .word 0x… for what is not modelled'),
    isModelled: flag('whether it is an instruction that kexeckit knows'),
    label: v.optional(text('what this place is called, where the code leads to it')),
    pair: v.optional(address('what the instruction makes or reaches with an ADRP before it')),
  },
  'a word of code',
);

export const disasm = object(
  {
    base: address('address of the first byte'),
    from: v.optional(
      object(
        { format: bootFormat, steps: texts('what was done to get at the kernel') },
        'the kernel file; left out for raw bytes and words',
      ),
    ),
    words: list(line, 'every word, in order'),
    totals: totals({
      bytes: count('bytes, also those behind the last whole word'),
      words: count('words'),
      notModelled: count('words that are no instruction that kexeckit knows'),
      labels: count('words with a label'),
    }),
  },
  'What kexeckit disasm prints',
);

export type DisasmJson = v.InferOutput<typeof disasm>;
