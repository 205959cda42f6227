import { type DescriptorHalves, outputPage } from './descriptor.ts';
import { type DescriptorKind, kindOf } from './descriptor-kind.ts';
import { type DescriptorField, Fields } from './fields.ts';
import { mairByte, mairValue, memoryTypeOf, stage2TypeOf } from './memory-type.ts';
import { shareabilities } from './shareability.ts';
import { type Shape, type Space, shapeOf } from './space.ts';

/**
 * Explains a descriptor field by field, from bit 63 to bit 0: every bit is in exactly one field. Names and positions
 * are those of the space's regime, granule and layout (without the fields of Realm and Secure
 * state and of permission indirection).
 *
 * @param level the level of its table, -1 to 3: the same bits mean different things at different levels.
 */
export function explainDescriptor(space: Space, level: number, low: number, high: number): DescriptorField[] {
  const shape = shapeOf(space);
  const fields = Fields.ofHalves(low, high);
  const kind = kindOf(shape, level, low);
  if (kind === 'invalid') explainInvalid(fields, low);
  else if (kind === 'table') explainTable(fields, space, shape, { low, high });
  else explainLeaf(fields, space, shape, level, { low, high });
  return fields.done(typeName(kind, level, low));
}

function typeName(kind: DescriptorKind, level: number, low: number): string {
  if (kind === 'table') return `table of level ${level + 1}`;
  if (kind === 'leaf') return level === 3 ? 'page' : `block of level ${level}`;
  return (low & 1) === 0 ? 'invalid: translation fault' : `reserved at level ${level}: translation fault`;
}

function explainInvalid(fields: Fields, low: number): void {
  fields.ignored((low & 1) === 0 ? 1 : 2);
}

function explainTable(fields: Fields, space: Space, shape: Shape, descriptor: DescriptorHalves): void {
  explainLimits(fields, space);
  fields.ignored(51);
  const address = outputPage(shape, descriptor.low, descriptor.high);
  explainAddress(fields, shape, shape.pageShift, address, 'next-level table address');
  fields.reserved(12);
  if (shape.format === 'LPA2') {
    fields.ignored(10);
    fields.take(8, 'next-level table address[51:50]', 'part of the address');
  }
  fields.ignored(2);
}

/** What a table descriptor takes away from everything below it: NSTable, APTable, UXNTable, PXNTable. */
function explainLimits(fields: Fields, space: Space): void {
  const single = space.regime === 'EL2';
  if (space.regime === 'stage2') {
    fields.reserved(59);
    return;
  }
  fields.take(63, 'NSTable', 'ignored outside Secure state');
  if (space.flatPermissions) {
    fields.ignored(59);
    return;
  }
  fields.take(61, 'APTable', (value) => limitNames[single ? value & 2 : value] ?? '');
  if (single) {
    fields.take(60, 'XNTable', flag('nothing below is executable', 'no limit'));
    fields.reserved(59);
    return;
  }
  fields.take(60, 'UXNTable', flag('EL0 executes nothing below', 'no limit'));
  fields.take(59, 'PXNTable', flag('privileged code executes nothing below', 'no limit'));
}

const limitNames = [
  'no limit',
  'EL0 has no access below',
  'nothing below is writable',
  'nothing below is writable, and EL0 has no access',
] as const;

const flag =
  (set: string, clear: string) =>
  (value: number): string =>
    value === 0 ? clear : set;

function explainLeaf(fields: Fields, space: Space, shape: Shape, level: number, descriptor: DescriptorHalves): void {
  const { low, high } = descriptor;
  const stage2 = space.regime === 'stage2';
  fields.ignored(63);
  fields.take(59, 'PBHA', 'page-based hardware attributes (FEAT_HPDS2), else ignored');
  fields.take(55, 'Software', 'left to software');
  explainExecution(fields, space);
  fields.take(52, 'Contiguous', flag('one of a group that continues itself', 'stands alone'));
  fields.take(51, 'DBM', flag('hardware may make it writable', 'hardware does not make it writable'));
  if (stage2) fields.reserved(50);
  else fields.take(50, 'GP', flag('branches must land on BTI', 'branches may land anywhere'));
  explainOutput(fields, shape, level, outputPage(shape, low, high));
  if (stage2) fields.take(11, 'FnXS', 'XS attribute of stage 1 (FEAT_XS)');
  else if (space.regime === 'EL2') fields.reserved(11);
  else fields.take(11, 'nG', flag('of one address space identifier', 'global'));
  fields.take(10, 'AF', flag('accessed', space.setsAccessFlag ? 'not accessed yet' : 'accesses fault'));
  if (shape.format === 'LPA2') fields.take(8, 'output address[51:50]', 'part of the address');
  else fields.take(8, 'SH', (value) => shareabilities[value] ?? 'reserved');
  if (stage2) explainStage2Access(fields);
  else explainAccess(fields, space, low);
}

function explainExecution(fields: Fields, { regime }: Space): void {
  if (regime === 'stage2') {
    fields.take(53, 'XN', (value) => stage2Execution[value] ?? '');
    return;
  }
  if (regime === 'EL2') {
    fields.take(54, 'XN', flag('not executable', 'executable'));
    fields.reserved(53);
    return;
  }
  fields.take(54, 'UXN', flag('EL0 may not execute it', 'EL0 may execute it'));
  fields.take(53, 'PXN', flag('privileged code may not execute it', 'privileged code may execute it'));
}

const stage2Execution = [
  'executable at EL1 and EL0',
  'executable at EL0 only',
  'not executable',
  'executable at EL1 only',
] as const;

/** The output address; in a block the bits below it hold nT. */
function explainOutput(fields: Fields, shape: Shape, level: number, page: number): void {
  const shift = shape.pageShift + shape.indexBits * (3 - level);
  explainAddress(fields, shape, shift, page - (page % 2 ** (shift - shape.pageShift)), 'output address', level < 3);
  fields.reserved(12);
}

function explainAddress(
  fields: Fields,
  shape: Shape,
  shift: number,
  page: number,
  name: string,
  isBlock = false,
): void {
  const meaning = `0x${(BigInt(page) << BigInt(shape.pageShift)).toString(16)}`;
  const top = shape.format === 'LPA2' ? 49 : 47;
  if (top === 47) fields.reserved(48);
  else fields.reserved(50);
  fields.take(shift, `${name}[${top}:${shift}]`, meaning);
  if (isBlock) {
    fields.reserved(17);
    fields.take(16, 'nT', flag('kept apart from other sizes (FEAT_BBM)', 'an ordinary block'));
  }
  if (shape.format === 'LPA') fields.take(12, `${name}[51:48]`, 'part of the address');
}

function explainStage2Access(fields: Fields): void {
  fields.take(6, 'S2AP', (value) => ['no access', 'read-only', 'write-only', 'read and write'][value] ?? '');
  fields.take(2, 'MemAttr', (value) => stage2TypeOf(value) ?? 'reserved');
}

function explainAccess(fields: Fields, space: Space, low: number): void {
  const access = (low & (1 << 7)) === 0 ? 'read and write' : 'read-only';
  const who = (low & (1 << 6)) === 0 ? 'no access from EL0' : 'from EL0 too';
  fields.take(6, 'AP[2:1]', space.regime === 'EL2' ? access : `${access}, ${who}`);
  fields.take(5, 'NS', 'ignored outside Secure state');
  fields.take(2, 'AttrIndx', (value) => memoryTypeOf(mairByte(space.mair ?? mairValue(), value)) ?? 'reserved in MAIR');
}
