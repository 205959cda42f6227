import type { AddressRange, DescriptorField, Space } from '@kexeckit/arm64-pgtable';

/** Tables as a worker hands them on: plain data. */
export interface TableDump {
  readonly space: Space;
  /** Page number of the root table. */
  readonly root: number;
  /** Page numbers of all tables. */
  readonly pages: Float64Array<ArrayBuffer>;
  /** Their words, a table after the other. */
  readonly words: Uint32Array<ArrayBuffer>;
  /** Where RAM is, as far as that is known. */
  readonly ram: readonly AddressRange[] | undefined;
}

/** A register, and what its fields mean. */
export interface RegisterView {
  readonly name: string;
  readonly value: bigint;
  readonly fields: readonly DescriptorField[];
}

/** What is said of tables as a whole. */
export interface TableFacts {
  /** Regime, granule and sizes, in words. */
  readonly space: string;
  readonly tables: number;
  readonly tableBytes: number;
  /** Physical address of the root table. */
  readonly root: bigint;
  /** The first input address, and the last. */
  readonly range: AddressRange;
  readonly pageShift: number;
  readonly startLevel: number;
  /** Input pages of an entry, by level + 1. */
  readonly spans: readonly number[];
  /** An address that is mapped: the first one. */
  readonly mapped: bigint | undefined;
  readonly registers: readonly RegisterView[];
}

/** What a row of the tree is; `none` does not lead anywhere, `fault` is a descriptor that a walk refuses. */
export type RowKind = 'none' | 'table' | 'block' | 'page' | 'fault';

/** Row kinds by their numbers in {@link TreeTable}. */
export const rowKinds: readonly RowKind[] = ['none', 'table', 'block', 'page', 'fault'];

/** A table as rows of neighbouring entries that continue each other, in columns. */
export interface TreeTable {
  /** The entry that leads here, as {@link keyOf} writes it; empty for the root. */
  readonly key: string;
  readonly level: number;
  /** Page number of the table. */
  readonly table: number;
  /** Input page of its first entry. */
  readonly base: number;
  /** Index of each row's first entry. */
  readonly first: Uint32Array<ArrayBuffer>;
  /** Entries of each row. */
  readonly entries: Uint32Array<ArrayBuffer>;
  readonly kind: Uint8Array<ArrayBuffer>;
  /** Output page, or page number of the next table. */
  readonly output: Float64Array<ArrayBuffer>;
  /** What is said of each row: a place in `texts`. */
  readonly says: Uint32Array<ArrayBuffer>;
  readonly texts: readonly string[];
}

/** An entry of a table: its level, and the first input page that it covers. */
export interface EntryPlace {
  readonly level: number;
  readonly page: number;
}

/** An entry as a text: `2:1026`. */
export const keyOf = ({ level, page }: EntryPlace): string => `${level}:${page}`;

/** Reads what {@link keyOf} writes; undefined for anything else. */
export function placeOfKey(key: string): EntryPlace | undefined {
  const [, level, page] = /^(-1|[0-3]):(\d{1,15})$/.exec(key) ?? [];
  return level === undefined || page === undefined ? undefined : { level: Number(level), page: Number(page) };
}

/** One entry, bit by bit. */
export interface EntryView {
  readonly place: EntryPlace;
  /** Index in its table. */
  readonly index: number;
  /** Physical address of its table, and of the descriptor itself. */
  readonly table: bigint;
  readonly at: bigint;
  readonly value: bigint;
  /** What it held before the edit, where that was something else. */
  readonly before: bigint | undefined;
  readonly range: AddressRange;
  readonly fields: readonly DescriptorField[];
}

/** Bits of an address that are one index, or the offset in the page. */
export interface AddressPart {
  /** `outside` are the bits above the space, which only tell the half. */
  readonly what: 'outside' | 'index' | 'offset';
  readonly level: number | undefined;
  readonly from: number;
  readonly to: number;
  readonly value: bigint;
}

/** A step of a walk. */
export interface StepView extends EntryPlace {
  readonly index: number;
  readonly at: bigint;
  readonly value: bigint;
  /** What the descriptor is: `table of level 2`, `page`. */
  readonly what: string;
  /** Where it leads, if anywhere. */
  readonly output: bigint | undefined;
}

/** Where an address leads, level by level. */
export interface WalkView {
  readonly va: bigint;
  readonly parts: readonly AddressPart[];
  readonly steps: readonly StepView[];
  /** The physical address, or undefined for a fault. */
  readonly pa: bigint | undefined;
  readonly level: number;
  /** Attributes, or the fault. */
  readonly says: string;
  /** What AT S1E1R leaves in PAR_EL1; stage 2 has none. */
  readonly par: RegisterView | undefined;
}

/** What is mapped, in columns: pages, as they are counted from the start of the space. */
export interface MappingList {
  readonly page: Float64Array<ArrayBuffer>;
  readonly frame: Float64Array<ArrayBuffer>;
  readonly pages: Float64Array<ArrayBuffer>;
  readonly says: Uint32Array<ArrayBuffer>;
  readonly texts: readonly string[];
  /** How many there are without the filter. */
  readonly total: number;
  readonly bytes: bigint;
}

/** One side of a difference. */
export interface SideView {
  readonly pa: bigint;
  readonly says: string;
}

/** Input addresses that two sets of tables translate differently. */
export interface DifferenceView extends AddressRange {
  readonly before: SideView | undefined;
  readonly after: SideView | undefined;
}

/** As many of a list as are shown, and how many there are. */
export interface Some<T> {
  readonly rows: readonly T[];
  readonly total: number;
}

/** Something that should not be. */
export interface FindingView {
  readonly code: string;
  readonly severity: 'error' | 'warning';
  readonly where: string;
  readonly advice: string;
}

/** What is checked, and whether it was known where RAM is. */
export interface FindingsView extends Some<FindingView> {
  readonly knowsRam: boolean;
}

/** A rule that a step breaks. */
export interface ViolationView {
  readonly rule: string;
  /** Index of the step among those that are done; their number for what is missing at the end. */
  readonly step: number;
  readonly address: bigint | undefined;
  readonly meaning: string;
}

/** A step of an edit, in words. */
export interface EditStepView {
  readonly kind: 'store' | 'dsb' | 'tlbi' | 'isb';
  readonly text: string;
  readonly means: string;
  /** How many steps are done before it; undefined for a step that is left out. */
  readonly at: number | undefined;
}

/** An edit that was planned, and judged as it is done. */
export interface PlayView {
  readonly steps: readonly EditStepView[];
  /** How many of them are done: the others are left out. */
  readonly done: number;
  readonly violations: Some<ViolationView>;
  readonly takes: number;
  readonly frees: number;
}
