import { type CopyRun, CopyRuns, regionParameters, strategies } from '@kexeckit/relocation';
import * as v from 'valibot';
import type { RebootPlan } from '../plan/plan.ts';

/** Marks the JSON of a plan, and its version. */
export const FORMAT = 'kexeckit-plan/2';

const address = v.pipe(
  v.string(),
  v.regex(/^0x[0-9a-f]{1,16}$/, 'an address is a string like "0x40200000"'),
  v.transform((text) => BigInt(text)),
);
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const range = v.object({ start: address, end: address });
const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'a digest is 64 hexadecimal digits'));
const bytes = v.pipe(
  v.string(),
  v.base64('bytes are base64'),
  v.transform((text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))),
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
const RUN = /^0x([0-9a-f]{1,13}) 0x([0-9a-f]{1,13}) ([1-9][0-9]{0,9})$/;
const run = v.pipe(
  v.string(),
  v.regex(RUN, 'a run of copies is a string like "0x40200 0x91234 17"'),
  v.transform((text): CopyRun => {
    const [, destination = '', source = '', pages = ''] = RUN.exec(text) ?? [];
    return { destination: Number.parseInt(destination, 16), source: Number.parseInt(source, 16), pages: Number(pages) };
  }),
);

const placement = v.object({
  segments: v.array(
    v.object({
      name: v.string(),
      mem: address,
      memsz: address,
      bufsz: address,
      placement: v.picklist(['copied', 'in-place']),
    }),
  ),
  entry: address,
  dtb: address,
  region: optional(range),
  ram: v.array(range),
});

const translation = v.object({
  space: v.object({
    granule: v.picklist(['4K', '16K', '64K']),
    vaBits: v.number(),
    regime: v.picklist(['EL1', 'EL2', 'EL2&0']),
    paBits: v.picklist([32, 36, 40, 42, 44, 48, 52]),
  }),
  registers: v.object({ ttbr: address, tcr: address, mair: address }),
});

const stageBase = {
  strategy,
  exceptionLevel: v.picklist([1, 2]),
  vhe: v.boolean(),
  softRestart: v.boolean(),
  placement,
  controlPages: v.array(
    v.object({
      pfn: count,
      owner: v.picklist(['routine', 'entry list', 'table', 'constants', 'workspace', 'vectors']),
      bytes,
    }),
  ),
  start: address,
  jump: address,
  halt: optional(address),
  vectors: optional(address),
  breadcrumbs: optional(v.object({ uart: address, everyPages: v.pipe(v.number(), v.safeInteger(), v.minValue(1)) })),
  translation: optional(translation),
  cleanAtLoad: v.array(range),
};

const stage = v.variant('kind', [
  v.object({
    kind: v.literal('relocation'),
    ...stageBase,
    mmu: v.picklist(['on', 'off']),
    head: address,
    copies: v.pipe(
      v.array(run),
      v.transform((runs) => CopyRuns.of(runs)),
    ),
  }),
  v.object({ kind: v.literal('purgatory'), ...stageBase }),
]);

const file = v.object({ bytes: count, sha256 });

/** A plan without its format and seal. */
const planSchema = v.object({
  wishes: v.object({
    cmdline: v.string(),
    strategy,
    seed: v.number(),
    reserve: optional(v.string()),
    verify: v.boolean(),
    breadcrumbs: v.boolean(),
  }),
  inputs: v.object({ kernel: file, initrd: optional(file) }),
  machine: v.object({
    name: v.string(),
    cpus: v.number(),
    exceptionLevel: v.picklist([1, 2]),
    vhe: v.boolean(),
    softRestart: v.boolean(),
    features: v.object({
      granules: v.array(v.picklist(['4K', '16K', '64K'])),
      paBits: v.number(),
      sha256: v.boolean(),
      vhe: v.boolean(),
      dataLine: v.number(),
      instructionLine: v.number(),
    }),
    console: optional(address),
    memory: sha256,
    deviceTree: sha256,
  }),
  cmdline: v.string(),
  generation: optional(
    v.object({
      name: regionParameter,
      region: range,
      half: optional(v.picklist(['lower', 'upper'])),
      parameter: v.string(),
    }),
  ),
  stage,
  dtb: bytes,
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
  const parsed = v.safeParse(planSchema, content);
  if (parsed.success) return { plan: parsed.output };
  const [issue] = parsed.issues;
  return { plan: undefined, path: v.getDotPath(issue) ?? 'its top', message: issue.message };
}
