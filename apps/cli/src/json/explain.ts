import * as v from 'valibot';
import { address, count, flag, list, object, text, texts, totals, word } from './parts.ts';

const place = {
  start: count('index of its first byte in the line'),
  end: count('index behind its last byte'),
} as const;

const log = texts('what the kernel prints on the way');

const reserves = v.union([
  object(
    {
      bytes: count('bytes to reserve'),
      base: v.optional(address('where; left out for anywhere')),
      high: flag('whether it may lie above the low-memory limit'),
      lowBytes: count('bytes to reserve in low memory as well'),
      cmaBytes: count('bytes to reserve as CMA'),
      log,
    },
    'what is reserved',
  ),
  object({ bytes: v.literal(0), log }, 'nothing is reserved'),
]);

const fromBytes = count('bytes of RAM from which on it holds');
const belowBytes = v.nullable(count('bytes of RAM below which it holds; null: no limit'));

const clause = object(
  { ...place, fromBytes, belowBytes, bytes: count('bytes that it reserves'), matched: flag('whether it decides') },
  'a range of a list, and its size',
);

export const occurrence = object(
  {
    ...place,
    text: text('what stands there'),
    form: word(['simple', 'ranges', 'suffixed'], 'how it is written'),
    suffix: v.nullable(word([',high', ',low', ',cma'], 'its suffix')),
    used: flag('whether the result depends on it'),
    ignoredBecause: v.nullable(text('why Linux ignores it')),
    bytes: count('bytes that it asks for on this machine'),
    clauses: list(clause, 'the ranges of a list'),
  },
  'a place that Linux takes for the parameter',
);

const codes = [
  ...(['after-dashdash', 'base-beyond', 'base-junk', 'base-misaligned', 'base-missing', 'base-zero'] as const),
  ...(['beyond-limit', 'blank-before-value', 'blank-inside', 'bound-tiny', 'clause-unread'] as const),
  ...(['clause-unreachable', 'cma-alone', 'ignored', 'junk', 'junk-ignored', 'list-cut', 'low-alone'] as const),
  ...(['misspelt', 'no-match', 'no-value', 'octal', 'odd-blank', 'overflow', 'plain-wins', 'quoted'] as const),
  ...(['range-reversed', 'ranges-with-suffix', 'replaced', 'rounded-ram', 'size-missing', 'substring'] as const),
  ...(['suffix-unknown', 'syntax', 'tiny', 'too-large', 'zero'] as const),
] as const;

export const finding = object(
  {
    code: word(codes, 'the kind of mistake'),
    severity: word(['error', 'trap', 'note'], 'nothing is reserved, another thing than it seems, or harmless'),
    ...place,
    text: text('what stands there'),
    message: text('what is wrong'),
    linux: text('what Linux does about it'),
    fix: list(object({ ...place, text: text('what to write there') }, 'a replacement'), 'what to change'),
    fixed: text('the whole line with this mended'),
  },
  'a mistake or trap',
);

export const landing = object(
  {
    exact: flag('whether every start is known'),
    regions: list(
      object(
        {
          kind: word(['main', 'low'], 'low: the small one below a high one'),
          bytes: count('its size'),
          from: address('where it starts at the lowest'),
          to: address('where it starts at the highest'),
          certain: flag('false where it may not be reserved at all'),
        },
        'a region',
      ),
      'where it lands',
    ),
    refusal: v.optional(
      object(
        {
          code: word(['EINVAL', 'EBUSY', 'ENOMEM', 'EADDRNOTAVAIL'], 'the name of an errno'),
          reason: word(
            ['nothing-requested', 'misaligned', 'not-ram', 'conflict', 'no-room', 'no-low-room'],
            'why, as a word',
          ),
          message: text('what is wrong'),
          hint: text('what to ask for instead'),
        },
        'why nothing will be reserved, or may not be',
      ),
    ),
    reason: text('why it is a range, or what makes it exact'),
    assumed: list(
      object(
        { what: v.literal('low-limit'), value: address('its value'), message: text('for people') },
        'an assumption',
      ),
      'what was taken for true',
    ),
  },
  'where it lands at the next boot',
);

const reading = object(
  {
    parameter: word(['crashkernel', 'kexeckernel'], 'the parameter'),
    summary: v.optional(text('what Linux does, in a sentence; left out where RAM is not known')),
    reserves: v.optional(reserves),
    byRam: v.optional(
      list(
        object({ fromBytes, belowBytes, reserves }, 'machines with that much RAM'),
        'what it reserves on which machine; where RAM is not known',
      ),
    ),
    occurrences: list(occurrence, 'every place that Linux takes for the parameter'),
    findings: list(finding, 'every mistake and trap'),
    landing: v.optional(landing),
    standing: list(
      object(
        { start: address('the first address'), end: address('the last one'), bytes: count('its size') },
        'a region',
      ),
      'what the map has of it',
    ),
  },
  'what the line says with a parameter',
);

const entries = {
  line: text('the line'),
  from: text('where it was read'),
  kernel: object(
    {
      rules: word(['5.10', '6.1', '6.12', '7.1', '7.3'], 'the kernel whose rules were taken'),
      measured: flag('false where the rules are a guess'),
      reason: text('why these'),
    },
    'the kernel',
  ),
  ram: v.optional(object({ bytes: count('bytes'), from: text('where that was read') }, 'RAM of the machine')),
  lengthBytes: count('bytes of the line'),
  maxBytes: count('bytes that a kernel takes'),
  cut: v.optional(
    object(
      { kept: text('what the kernel sees'), lost: text('what it does not'), why: text('in words') },
      'how a line is cut that is too long',
    ),
  ),
  parameters: list(reading, 'every parameter that reserves'),
  mended: text('the line with all that can be mended'),
  unknown: texts('what cannot be told, and what would tell it'),
  mistakes: count('what is wrong, or finds no place'),
  totals: totals({
    parameters: count('parameters'),
    occurrences: count('places that Linux takes for one of them'),
    findings: count('mistakes, traps and notes'),
    reservedBytes: v.nullable(count('bytes that are reserved, low memory with them; null where RAM is not known')),
  }),
} as const;

/** A line, explained, as a part of something else. */
export const explanation = object(entries, 'what comes of the line: as kexeckit explain says it');

export const explain = object(entries, 'What kexeckit explain prints');

export type ExplanationJson = v.InferOutput<typeof explanation>;
export type ReservesJson = v.InferOutput<typeof reserves>;
export type ReadingJson = v.InferOutput<typeof reading>;
export type OccurrenceJson = v.InferOutput<typeof occurrence>;
export type FindingJson = v.InferOutput<typeof finding>;
export type LandingJson = v.InferOutput<typeof landing>;
