import * as v from 'valibot';
import { address, count, flag, hex, list, object, range, text, totals, word, written } from './parts.ts';

const shareability = word(['none', 'outer', 'inner'], 'with whom it is shared');

/** The shape of an address space. */
export const space = object(
  {
    granule: word(['4K', '16K', '64K'], 'size of a page'),
    vaBits: count('bits of input address'),
    regime: word(['EL1', 'EL2', 'EL2&0', 'stage2'], 'whose tables they are'),
    paBits: v.optional(v.pipe(v.picklist([32, 36, 40, 42, 44, 48, 52]), v.description('bits of output address'))),
    half: v.optional(word(['lower', 'upper'], 'upper is what TTBR1 translates')),
    lpa2: v.optional(flag('the descriptors of FEAT_LPA2')),
    mair: v.optional(hex('memory types by index')),
    shareability: v.optional(shareability),
    asidBits: v.optional(v.pipe(v.picklist([8, 16]), v.description('bits of an ASID'))),
    setsAccessFlag: v.optional(flag('hardware sets the access flag')),
    flatPermissions: v.optional(flag('permission bits of table descriptors are ignored')),
    startLevel: v.optional(count('level of the root, where stage 2 says it')),
  },
  'the address space; what is left out is as the architecture has it by default',
);

export const attributes = object(
  {
    type: word(
      [
        ...(['Normal', 'Normal-WT', 'Normal-NC', 'Normal-Tagged', 'Normal-mixed'] as const),
        ...(['Device-GRE', 'Device-nGRE', 'Device-nGnRE', 'Device-nGnRnE'] as const),
      ],
      'the memory type',
    ),
    writable: flag('it may be written'),
    executable: flag('the level that owns the tables may execute it'),
    user: v.optional(flag('EL0 may access it')),
    userExecutable: v.optional(flag('EL0 may execute it')),
    readable: v.optional(flag('stage 2: it may be read')),
    shareability: v.optional(shareability),
    accessed: v.optional(flag('the access flag')),
    notGlobal: v.optional(flag('it belongs to one ASID')),
    dirtyManaged: v.optional(flag('hardware keeps its dirty state')),
    guarded: v.optional(flag('branches into it must land on BTI')),
    software: v.optional(count('bits 58:55')),
  },
  'what a mapping is and allows; what is left out is usual',
);

export const tablesBuild = object(
  {
    space,
    base: address('physical address of the first table'),
    registers: object(
      { ttbr: hex('TTBR, or VTTBR of stage 2'), tcr: hex('TCR, or VTCR'), mair: hex('MAIR') },
      'what turns the tables on',
    ),
    written: v.optional(written),
    totals: totals({
      mappings: count('mappings'),
      mappedBytes: hex('bytes that are mapped'),
      tables: count('tables'),
      tableBytes: count('bytes of all tables'),
    }),
  },
  'What kexeckit tables build prints',
);

const walkStep = object(
  {
    level: count('the level of the table'),
    entry: address('physical address of the descriptor'),
    descriptor: hex('the descriptor'),
    what: text('what it is'),
  },
  'a step of a walk',
);

const walkEntries = {
  address: address('the input address'),
  level: count('the level where the walk ended'),
  par: v.optional(hex('what AT S1E1R leaves in PAR_EL1; stage 2 has none')),
  steps: list(walkStep, 'every descriptor that was read'),
} as const;

const faults = word(
  ['translation-fault', 'address-size-fault', 'access-flag-fault', 'external-abort', 'reserved-type'],
  'how the walk ended',
);

export const tablesWalk = object(
  {
    space,
    walks: list(
      v.variant('kind', [
        v.strictObject({
          ...walkEntries,
          kind: v.literal('mapped'),
          output: address('the output address'),
          attributes,
          isContiguous: flag('whether the leaf carries the contiguous hint'),
        }),
        v.strictObject({ ...walkEntries, kind: faults }),
      ]),
      'every address that was given',
    ),
    totals: totals({ walks: count('addresses'), faults: count('those that do not end at a page') }),
  },
  'What kexeckit tables walk prints',
);

export const tablesList = object(
  {
    space,
    ranges: list(
      object(
        {
          start: address('the first input address'),
          end: address('the last one'),
          bytes: hex('bytes of the range'),
          output: address('where the first one leads'),
          attributes,
        },
        'a range that is mapped alike',
      ),
      'all that is mapped, in order',
    ),
    tables: list(address('its physical address'), 'every table'),
    totals: totals({ ranges: count('ranges'), mappedBytes: hex('bytes that are mapped'), tables: count('tables') }),
  },
  'What kexeckit tables list prints',
);

const codes = [
  ...(['cacheable-not-ram', 'uncached-not-ram', 'device-executable', 'writable-executable'] as const),
  ...(['writable-executable-alias', 'mismatched-alias', 'unreachable-table', 'foreign-table'] as const),
  ...(['table-not-ram', 'table-writable', 'table-shared', 'table-unreadable'] as const),
  ...(['reserved-descriptor', 'address-size', 'contiguous-group'] as const),
] as const;

const finding = object(
  {
    code: word(codes, 'what is wrong'),
    severity: word(['error', 'warning'], 'error: hardware may misbehave'),
    range: v.optional(range('input addresses that are concerned')),
    pa: v.optional(address('the physical address that is concerned')),
    other: v.optional(range('the other input addresses of an alias')),
    advice: text('what to do'),
  },
  'something that is wrong',
);

export const tablesCheck = object(
  {
    findings: list(finding, 'what should not be in tables'),
    knowsRam: flag('whether it was known where RAM is'),
    totals: totals({ findings: count('findings'), errors: count('errors'), warnings: count('warnings') }),
  },
  'What kexeckit tables check prints',
);

export const tablesDecode = object(
  {
    value: hex('the value'),
    what: text('what it is: descriptor of level 2, TCR_EL1'),
    fields: list(
      object(
        {
          bits: text('where it stands, as the Arm ARM writes it: 63:59, or 10'),
          name: text('its name in the Arm ARM'),
          value: hex('its value'),
          meaning: text('what that means here'),
        },
        'a field',
      ),
      'every field, from the top',
    ),
  },
  'What kexeckit tables decode prints',
);

export type TablesBuildJson = v.InferOutput<typeof tablesBuild>;
export type TablesWalkJson = v.InferOutput<typeof tablesWalk>;
export type TablesListJson = v.InferOutput<typeof tablesList>;
export type TablesCheckJson = v.InferOutput<typeof tablesCheck>;
export type TablesDecodeJson = v.InferOutput<typeof tablesDecode>;
