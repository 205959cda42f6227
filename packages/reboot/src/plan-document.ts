import { type ControlPage, type CopyRun, CopyRuns, copiesOf, type StagePlan, strategies } from '@kexeckit/relocation';
import * as v from 'valibot';
import { RebootError } from './error.ts';
import type { RebootPlan } from './plan.ts';

/** Marks the JSON of a plan, and its version. */
const FORMAT = 'kexeckit-plan/1';

const address = v.pipe(
  v.string(),
  v.regex(/^0x[0-9a-f]{1,16}$/, 'an address is a string like "0x40200000"'),
  v.transform((text) => BigInt(text)),
);
const pfn = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const range = v.object({ start: address, end: address });
const bytes = v.pipe(
  v.string(),
  v.base64('page content is base64'),
  v.transform((text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))),
);

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
  ram: v.array(range),
  region: v.optional(range),
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
});

const stage = {
  strategy: v.picklist(strategies.map(({ name }) => name)),
  exceptionLevel: v.picklist([1, 2]),
  vhe: v.boolean(),
  softRestart: v.boolean(),
  placement,
  controlPages: v.array(
    v.object({
      pfn,
      owner: v.picklist(['routine', 'entry list', 'table', 'constants', 'workspace', 'vectors']),
      bytes,
    }),
  ),
  start: address,
  jump: address,
  halt: v.optional(address),
  vectors: v.optional(address),
  breadcrumbs: v.optional(v.object({ uart: address, everyPages: v.pipe(v.number(), v.safeInteger(), v.minValue(1)) })),
  translation: v.optional(
    v.object({
      space: v.object({
        granule: v.picklist(['4K', '16K', '64K']),
        vaBits: v.number(),
        regime: v.picklist(['EL1', 'EL2', 'EL2&0']),
        paBits: v.picklist([32, 36, 40, 42, 44, 48, 52]),
      }),
      registers: v.object({ ttbr: address, tcr: address, mair: address }),
    }),
  ),
  cleanAtLoad: v.array(range),
};

const relocation = v.variant('kind', [
  v.object({ kind: v.literal('purgatory'), ...stage }),
  v.object({
    kind: v.literal('relocation'),
    ...stage,
    mmu: v.picklist(['on', 'off']),
    head: address,
    copies: v.pipe(
      v.array(run),
      v.transform((runs) => CopyRuns.of(runs)),
    ),
  }),
]);

const document = v.object({
  format: v.literal(FORMAT),
  machine: v.string(),
  cpus: v.number(),
  cmdline: v.string(),
  seed: v.number(),
  steps: v.array(v.string()),
  generation: v.optional(
    v.object({
      name: v.picklist(['kexeckernel', 'crashkernel']),
      region: range,
      half: v.optional(v.picklist(['lower', 'upper'])),
      parameter: v.string(),
    }),
  ),
  relocation,
});

/** A plan as JSON: addresses are `0x…` strings, page frames numbers, runs of copies a line each, page contents base64. Same plan, same text. */
export function savePlan(plan: RebootPlan): string {
  const { relocation, ...rest } = plan;
  const controlPages = relocation.controlPages.map((page) => ({ ...page, bytes: toBase64(page) }));
  const copies = Array.from(copiesOf(relocation), runText);
  const text = JSON.stringify(
    {
      format: FORMAT,
      ...rest,
      relocation: { ...relocation, ...(relocation.kind === 'relocation' && { copies }), controlPages },
    },
    (_, value: unknown) => (typeof value === 'bigint' ? `0x${value.toString(16)}` : value),
    1,
  );
  return `${text}\n`;
}

/**
 * Reads a plan back.
 *
 * @throws RebootError `EINVAL` naming the first thing that is wrong, and where.
 */
export function parsePlan(json: string): RebootPlan {
  const parsed = v.safeParse(document, parseJson(json));
  if (!parsed.success) {
    const [issue] = parsed.issues;
    throw new RebootError(
      'inputs',
      'EINVAL',
      `the plan is wrong at ${v.getDotPath(issue) ?? 'its top'}: ${issue.message}`,
      {
        hint: 'make it anew with --save-plan',
      },
    );
  }
  const { format: _, relocation, generation, ...rest } = parsed.output;
  const { translation, halt, vectors, breadcrumbs } = relocation;
  const optional = { translation, halt, vectors, breadcrumbs };
  const placed = { ...relocation.placement, region: relocation.placement.region };
  return {
    ...rest,
    generation: generation && { ...generation, half: generation.half },
    relocation: { ...relocation, ...optional, placement: placed } satisfies StagePlan,
  };
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new RebootError('inputs', 'EINVAL', 'the plan is not JSON', { hint: 'make it anew with --save-plan', cause });
  }
}

function runText({ source, destination, pages }: CopyRun): string {
  return `0x${destination.toString(16)} 0x${source.toString(16)} ${pages}`;
}

function toBase64({ bytes }: ControlPage): string {
  return btoa(String.fromCharCode(...bytes));
}
