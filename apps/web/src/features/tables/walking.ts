import {
  type AddressRange,
  addressInSpace,
  attributesText,
  type ExplainedRegister,
  explainDescriptor,
  explainRegister,
  outputPage,
  pageInSpace,
  parOf,
  type Space,
  translationRegisters,
  type WalkFault,
  type WalkResult,
  walk,
} from '@kexeckit/arm64-pgtable';
import type { AddressPart, EntryPlace, EntryView, RegisterView, StepView, WalkView } from './model.ts';
import type { Tables } from './tables.ts';

/** What faults are called. */
const faultNames: Readonly<Record<WalkFault, string>> = {
  'translation-fault': 'translation fault',
  'address-size-fault': 'address size fault',
  'access-flag-fault': 'access flag fault',
  'external-abort': 'external abort: the table cannot be read',
  'reserved-type': 'the memory type is reserved',
};

/** Both halves of a descriptor as its 64 bits. */
const bitsOf = (low: number, high: number): bigint => (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);

/** What a descriptor is at a level, in words. */
export const kindText = (space: Space, level: number, low: number, high: number): string =>
  explainDescriptor(space, level, low, high).at(-1)?.meaning ?? '';

/** Walks for an address of 64 bits, whatever it is. */
export function walkView(tables: Tables, va: bigint): WalkView {
  const { space, root, shape } = tables;
  const page = pageInSpace(space, va);
  // What is outside of the half is a translation fault, as that of a page that is none.
  const result = walk(space, root, tables, page ?? -1);
  const offset = va & ((1n << BigInt(shape.pageShift)) - 1n);
  return {
    va,
    parts: partsOf(tables, va),
    steps: result.steps.map(({ level, table, index, low, high }): StepView => {
      const span = tables.spanOf(level);
      const output = outputOf(tables, result, level, low, high);
      return {
        ...{ level, index, page: (page ?? 0) - ((page ?? 0) % span) },
        at: tables.addressOf(table) + BigInt(8 * index),
        value: bitsOf(low, high),
        what: kindText(space, level, low, high),
        output,
      };
    }),
    pa: result.kind === 'mapped' ? tables.addressOf(result.frame) + offset : undefined,
    level: result.level,
    says: saysOf(space, result, page),
    par: space.regime === 'stage2' ? undefined : parView(space, va, result),
  };
}

function saysOf(space: Space, result: WalkResult, page: number | undefined): string {
  if (result.kind === 'mapped') return `${attributesText(result.attributes)}${result.contiguous ? ', contiguous' : ''}`;
  if (page !== undefined) return faultNames[result.kind];
  return `${faultNames[result.kind]}: not in the ${space.half ?? 'lower'} half of ${space.vaBits} bits`;
}

/** Where a step leads: to the next table, or to where the whole walk ends. */
function outputOf(tables: Tables, result: WalkResult, level: number, low: number, high: number): bigint | undefined {
  const output = outputPage(tables.shape, low, high);
  if (level < 3 && (low & 3) === 3) return tables.addressOf(output);
  if (result.kind !== 'mapped') return undefined;
  return tables.addressOf(output - (output % tables.spanOf(level)));
}

function parView(space: Space, va: bigint, result: WalkResult): RegisterView {
  const value = parOf(space, va, result, { write: false, user: false });
  return { name: 'PAR_EL1', value, fields: explainRegister('par', value) };
}

/** Which bits of an address are which level's index. */
function partsOf({ space, shape }: Tables, va: bigint): AddressPart[] {
  const part = (what: AddressPart['what'], level: number | undefined, from: number, to: number): AddressPart => ({
    ...{ what, level, from, to },
    value: (va >> BigInt(to)) & ((1n << BigInt(from - to + 1)) - 1n),
  });
  const parts: AddressPart[] = [part('outside', undefined, 63, space.vaBits)];
  for (let level = shape.startLevel; level <= 3; level++) {
    const to = shape.pageShift + shape.indexBits * (3 - level);
    const from = level === shape.startLevel ? space.vaBits - 1 : to + shape.indexBits - 1;
    parts.push(part('index', level, from, to));
  }
  parts.push(part('offset', undefined, shape.pageShift - 1, 0));
  return parts;
}

/** One entry, field by field; undefined where no walk comes to it. */
export function entryView(tables: Tables, before: Tables, { level, page }: EntryPlace): EntryView | undefined {
  const step = stepAt(tables, level, page);
  if (step === undefined) return undefined;
  const { space } = tables;
  const old = stepAt(before, level, page);
  const value = bitsOf(step.low, step.high);
  const was = old === undefined || old.table !== step.table ? undefined : bitsOf(old.low, old.high);
  const first = page - (page % tables.spanOf(level));
  const table = tables.addressOf(step.table);
  return {
    place: { level, page: first },
    ...{ index: step.index, table, at: table + BigInt(8 * step.index), value },
    before: was === value ? undefined : was,
    range: rangeOf(tables, first, tables.spanOf(level)),
    fields: explainDescriptor(space, level, step.low, step.high),
  };
}

const stepAt = (tables: Tables, level: number, page: number) =>
  walk(tables.space, tables.root, tables, page).steps.find((step) => step.level === level);

/** The addresses of some pages. */
function rangeOf({ space, shape }: Tables, page: number, pages: number): AddressRange {
  const start = addressInSpace(space, page);
  return { start, end: start + (BigInt(Math.min(pages, shape.inputPages - page)) << BigInt(shape.pageShift)) - 1n };
}

/** The registers that turn tables on, as the regime calls them. */
export function registerViews(tables: Tables): RegisterView[] {
  const { space } = tables;
  const { ttbr, tcr, mair } = translationRegisters(space, tables.addressOf(tables.root));
  const view = (name: string, as: ExplainedRegister, value: bigint): RegisterView => ({
    ...{ name, value },
    fields: explainRegister(as, value),
  });
  if (space.regime === 'stage2') return [view('VTCR_EL2', 'vtcr_el2', tcr), view('VTTBR_EL2', 'vttbr', ttbr)];
  const level = space.regime === 'EL1' ? 'EL1' : 'EL2';
  return [
    view(`TCR_${level}`, space.regime === 'EL2' ? 'tcr_el2' : 'tcr_el1', tcr),
    view(`TTBR${space.half === 'upper' ? 1 : 0}_${level}`, 'ttbr', ttbr),
    view(`MAIR_${level}`, 'mair', mair),
  ];
}
