import {
  type CopyRun,
  CopyRuns,
  checkLoadable,
  PAGE_SIZE,
  RelocationError,
  regionParameters,
  SEGMENTS_MAX,
  strategies,
} from '@kexeckit/relocation';
import * as v from 'valibot';
import { NOTES_MAX } from '../plan/few-notes.ts';
import { CPUS_MAX, DTB_MAX, memoryMax } from '../plan/limits.ts';
import type { RebootPlan } from '../plan/plan.ts';
import { kernelParts } from '../plan/request.ts';
import { base64Length, fromBase64 } from './base64.ts';

/** Marks the JSON of a plan, and its version. */
export const FORMAT = 'kexeckit-plan/2';

const address = v.pipe(
  v.string(),
  v.regex(/^0x[0-9a-f]{1,16}$/, 'an address is a string like "0x40200000"'),
  v.transform((text) => BigInt(text)),
);
/** Characters of any text: a command line is part of a device tree. */
const TEXT_MAX = DTB_MAX;
const text = v.pipe(v.string(), v.maxLength(TEXT_MAX));
const integer = (least: number, most: number) =>
  v.pipe(v.number(), v.safeInteger(), v.minValue(least), v.maxValue(most));
const count = integer(0, Number.MAX_SAFE_INTEGER);
const range = v.pipe(
  v.strictObject({ start: address, end: address }),
  v.check(({ start, end }) => start <= end, 'a range ends at its last address, not before it starts'),
);
const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'a digest is 64 hexadecimal digits'));
const decoded = v.rawTransform<string, Uint8Array<ArrayBuffer>>(({ dataset, addIssue, NEVER }) => {
  const bytes = fromBase64(dataset.value);
  if (bytes !== undefined) return bytes;
  addIssue({ message: 'bytes are base64' });
  return NEVER;
});
const PAGE_LENGTH = base64Length(PAGE_SIZE);
/** How long it is, is known before it is decoded. */
const page = v.pipe(v.string(), v.length(PAGE_LENGTH, `a page is ${PAGE_LENGTH} characters of base64`), decoded);
const deviceTree = v.pipe(
  v.string(),
  v.maxLength(base64Length(DTB_MAX), 'a device tree takes at most 2 MiB (booting.rst)'),
  decoded,
);
/** A field that is `null` where there is nothing: `undefined` afterwards. */
const optional = <Input, Output>(schema: v.GenericSchema<Input, Output>) =>
  v.pipe(
    v.nullable(schema),
    v.transform((value) => value ?? undefined),
  );

const strategy = v.picklist(strategies.map(({ name }) => name));
const regionParameter = v.picklist(keysOf(regionParameters));

/** A run of copies, a line each: `DESTINATION SOURCE PAGES`, the first two as page frame numbers. */
const RUN = /^0x([0-9a-f]{1,10}) 0x([0-9a-f]{1,10}) ([1-9][0-9]{0,9})$/;
const run = v.pipe(
  v.string(),
  v.regex(RUN, 'a run of copies is a string like "0x40200 0x91234 17"'),
  v.transform((text): CopyRun => {
    const [, destination = '', source = '', pages = ''] = RUN.exec(text) ?? [];
    return { destination: Number.parseInt(destination, 16), source: Number.parseInt(source, 16), pages: Number(pages) };
  }),
);

const segment = v.pipe(
  v.strictObject({
    name: text,
    mem: address,
    memsz: address,
    bufsz: address,
    placement: v.picklist(['copied', 'in-place', 'delivered']),
  }),
  v.check(({ memsz, bufsz }) => bufsz <= memsz, 'a segment has room for its content'),
  v.check(
    ({ memsz, bufsz }) => memsz <= memoryMax(bufsz) + BigInt(PAGE_SIZE),
    'a segment has no more zeros than content and a BSS of 64 MiB',
  ),
);

const placement = v.strictObject({
  segments: v.pipe(v.array(segment), v.maxLength(SEGMENTS_MAX, `a plan has at most ${SEGMENTS_MAX} segments`)),
  entry: address,
  dtb: address,
  region: optional(range),
  ram: v.array(range),
});

const translation = v.strictObject({
  space: v.strictObject({
    granule: v.picklist(['4K', '16K', '64K']),
    vaBits: integer(16, 52),
    regime: v.picklist(['EL1', 'EL2', 'EL2&0']),
    paBits: v.picklist([32, 36, 40, 42, 44, 48, 52]),
  }),
  registers: v.strictObject({ ttbr: address, tcr: address, mair: address }),
});

const stageBase = {
  strategy,
  exceptionLevel: v.picklist([1, 2]),
  vhe: v.boolean(),
  softRestart: v.boolean(),
  placement,
  controlPages: v.array(
    v.strictObject({
      pfn: integer(0, 2 ** 40 - 1),
      owner: v.picklist(['routine', 'entry list', 'table', 'constants', 'workspace', 'vectors']),
      bytes: page,
    }),
  ),
  start: address,
  jump: address,
  halt: optional(address),
  vectors: optional(address),
  breadcrumbs: optional(v.strictObject({ uart: address, everyPages: integer(1, 2 ** 32 - 1) })),
  translation: optional(translation),
  cleanAtLoad: v.array(range),
};

const stage = v.variant('kind', [
  v.strictObject({
    kind: v.literal('relocation'),
    ...stageBase,
    mmu: v.picklist(['on', 'off']),
    head: address,
    copies: v.pipe(
      v.array(run),
      v.transform((runs) => CopyRuns.of(runs)),
    ),
  }),
  v.strictObject({ kind: v.literal('purgatory'), ...stageBase }),
]);

/** CTR_EL0 says the length of a line in words, as a power of two of four bits. */
const LINE_MAX = 4 * 2 ** 15;

const file = v.strictObject({ bytes: count, sha256 });

/** A plan without its format and seal. */
const planSchema = v.strictObject({
  wishes: v.strictObject({
    cmdline: text,
    strategy,
    seed: integer(1 - 2 ** 32, 2 ** 32 - 1),
    reserve: optional(text),
    verify: v.boolean(),
    breadcrumbs: v.boolean(),
    // Plans of before have neither, and no tree that was given.
    takes: v.optional(v.pipe(v.array(v.picklist(kernelParts)), v.maxLength(kernelParts.length)), []),
    anyInitrd: v.optional(v.boolean(), false),
  }),
  inputs: v.strictObject({ kernel: file, initrd: optional(file), dtb: v.optional(optional(file), null) }),
  machine: v.strictObject({
    name: text,
    cpus: integer(1, CPUS_MAX),
    exceptionLevel: v.picklist([1, 2]),
    vhe: v.boolean(),
    softRestart: v.boolean(),
    features: v.strictObject({
      granules: v.pipe(v.array(v.picklist(['4K', '16K', '64K'])), v.maxLength(3)),
      mayHaveMore: v.optional(optional(v.boolean())),
      bigEndian: v.optional(optional(v.boolean())),
      paBits: integer(32, 56),
      sha256: v.boolean(),
      vhe: v.boolean(),
      dataLine: integer(4, LINE_MAX),
      instructionLine: integer(4, LINE_MAX),
    }),
    canReserve: v.boolean(),
    console: optional(address),
    registered: v.array(v.string()),
    memory: sha256,
    deviceTree: sha256,
  }),
  cmdline: text,
  generation: optional(
    v.strictObject({
      name: regionParameter,
      region: range,
      half: optional(v.picklist(['lower', 'upper'])),
      parameter: text,
      byNode: v.boolean(),
    }),
  ),
  stage,
  dtb: deviceTree,
  // Plans of before have none.
  notes: v.optional(v.pipe(v.array(text), v.maxLength(NOTES_MAX)), []),
});

function keysOf<Key extends string>(record: Readonly<Record<Key, unknown>>): Key[] {
  const isKey = (name: string): name is Key => Object.hasOwn(record, name);
  return Object.keys(record).filter(isKey);
}

/** A plan, or what is wrong with it: the path to the first thing, and what it should be. */
export type Validated =
  | { readonly plan: RebootPlan }
  | { readonly plan: undefined; readonly path: string; readonly message: string };

/** Checks every field of a plan's content, and makes the plan of it. */
export function validatePlan(content: unknown): Validated {
  try {
    const parsed = v.safeParse(planSchema, content, { abortEarly: true });
    if (parsed.success) {
      checkLoadable(parsed.output.stage);
      return { plan: parsed.output };
    }
    const [issue] = parsed.issues;
    return { plan: undefined, path: v.getDotPath(issue) ?? 'its top', message: issue.message };
  } catch (error) {
    if (!(error instanceof RelocationError)) throw error;
    return { plan: undefined, path: 'stage', message: error.message };
  }
}
