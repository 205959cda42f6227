import type { ReservedRange } from '@kexeckit/fdt';
import type { Range, Role, RoleSpan } from '@kexeckit/ioport';
import type { RegionParameter } from '../region-parameters.ts';
import { segmentRange } from '../segment.ts';
import type { StagePlan } from '../stage.ts';
import { strategyNamed } from '../strategies.ts';
import { lastingReservations } from './reservations.ts';
import { SpanSet } from './spans.ts';
import type { World } from './world.ts';

/** The role of the region that a parameter reserves. */
const regionRoles: Readonly<Record<RegionParameter, Role>> = {
  kexeckernel: 'kexec region',
  crashkernel: 'crash region',
};

/** RAM that the running kernel has mapped as Normal memory: so may we. */
const MAPPED: readonly Role[] = ['usable', 'running kernel', 'crash region', 'kexec region', 'reserved'];

/** What the machine's memory may be used for, by page. */
export interface MemoryRoles {
  /** Where the loader may write: usable RAM, and the strategy's region. */
  readonly loadable: SpanSet;
  /** Where pages may be moved to: the running kernel's own too. */
  readonly destinations: SpanSet;
  /** The region that the strategy loads into. */
  readonly region: SpanSet;
  /** What may be mapped as Normal memory. */
  readonly mappable: SpanSet;
  /** All RAM, whatever it is used for. */
  readonly ram: SpanSet;
  /** What the device tree or the firmware keeps. */
  readonly reserved: SpanSet;
  /** What a page is, for people: `reserved (CMA)`, `in no known range`. */
  nameOf(pfn: number): string;
}

/** Reads what the machine says of its memory. @throws FdtError for a device tree that cannot be read. */
export function readRoles(stage: StagePlan, world: World): MemoryRoles {
  const kept = lastingReservations(world.dtb, world.roles);
  const firmware = world.reserved ?? [];
  const reserved = SpanSet.touching([...kept, ...firmware]);
  const unmapped = SpanSet.touching([...kept.filter(({ noMap }) => noMap), ...firmware]);
  const of = (...roles: readonly Role[]): SpanSet => SpanSet.within(rangesOf(world.roles, roles));
  const usable = of('usable').without(reserved);
  const registered = SpanSet.touching((world.registered ?? []).filter(({ memsz }) => memsz > 0n).map(segmentRange));
  const region = regionOf(stage, world, of, usable).without(reserved).without(registered);
  const loadable = usable.with(region);
  const ram = of(...MAPPED);
  return {
    loadable,
    destinations: of('usable', 'running kernel').without(reserved).with(region),
    region,
    mappable: ram.without(unmapped),
    ram,
    reserved,
    nameOf: (pfn) => (registered.has(pfn) ? 'the registered image' : nameOf(pfn, world.roles, kept, reserved)),
  };
}

/** The ranges of these roles, neighbours joined: a page may be shared out among them. */
function rangesOf(spans: readonly RoleSpan[], roles: readonly Role[]): Range[] {
  const joined: Range[] = [];
  for (const { role, start, end } of spans) {
    if (!roles.includes(role)) continue;
    const last = joined.at(-1);
    if (last !== undefined && last.end + 1n === start) last.end = end;
    else joined.push({ start, end });
  }
  return joined;
}

/** The region; in usable RAM where it can still be reserved. */
function regionOf(
  { strategy, placement }: StagePlan,
  world: World,
  of: (...roles: readonly Role[]) => SpanSet,
  usable: SpanSet,
): SpanSet {
  const parameter = strategyNamed(strategy).region;
  if (parameter === undefined || placement.region === undefined) return new SpanSet([]);
  const found = of(regionRoles[parameter]);
  return found.length === 0 && world.canReserve === true ? usable : found;
}

function nameOf(pfn: number, roles: readonly RoleSpan[], kept: readonly ReservedRange[], reserved: SpanSet): string {
  const page = BigInt(pfn) << 12n;
  const last = page | 0xfffn;
  const keeper = kept.find(({ start, end }) => start <= last && page <= end);
  if (keeper !== undefined) return `reserved by the device tree (${keeper.name})`;
  if (reserved.has(pfn)) return 'reserved by the firmware';
  const span = roles.find(({ start, end }) => start <= last && page <= end);
  if (span === undefined) return 'in no known range';
  return span.name === null ? span.role : `${span.role} (${span.name})`;
}
