import { addressInSpace, type Space } from '../space.ts';
import type { EditStep, TlbiOperation } from './steps.ts';

/** Something that TLBs may hold and must forget. */
export interface Stale {
  /** Number of the input page. */
  readonly page: number;
  /** The level of the leaf, where nothing but a leaf is stale there; undefined where tables above it are too. */
  readonly level: number | undefined;
}

interface Operations {
  /** For leaves and the tables above them. */
  readonly any: TlbiOperation;
  /** For leaves alone. */
  readonly last: TlbiOperation;
  readonly all: TlbiOperation;
}

/**
 * The instructions of a regime. Those of EL2 with VHE are issued with HCR_EL2.TGE set, as a host kernel runs: then the
 * EL1 forms act on EL2&0.
 */
function operationsOf(space: Space, asid: number | undefined): Operations {
  if (space.regime === 'EL2') return { any: 'vae2is', last: 'vale2is', all: 'alle2is' };
  if (space.regime === 'stage2') return { any: 'ipas2e1is', last: 'ipas2le1is', all: 'vmalls12e1is' };
  return asid === undefined
    ? { any: 'vaae1is', last: 'vaale1is', all: 'vmalle1is' }
    : { any: 'vae1is', last: 'vale1is', all: 'vmalle1is' };
}

/** The steps that make all TLBs forget something, done when they end. */
export function invalidate(space: Space, stale: readonly Stale[], limit: number, asid: number | undefined): EditStep[] {
  const operations = operationsOf(space, asid);
  const done: EditStep = { kind: 'dsb', domain: 'ish' };
  if (stale.length > limit) return [{ kind: 'tlbi', operation: operations.all }, done];
  const steps: EditStep[] = stale.map(({ page, level }) => ({
    kind: 'tlbi',
    operation: level === undefined ? operations.any : operations.last,
    operand: operandOf(space, page, level, asid),
  }));
  steps.push(done);
  // TLBs may hold both stages as one entry, which no TLBI by IPA reaches.
  if (space.regime === 'stage2') steps.push({ kind: 'tlbi', operation: 'vmalle1is' }, done);
  return steps;
}

const granuleCode = { '4K': 1n, '16K': 2n, '64K': 3n } as const;

/** VA[55:12] or IPA[51:12], TTL (bits 47:44, FEAT_TTL; older CPUs ignore it) and ASID (bits 63:48). */
function operandOf(space: Space, page: number, level: number | undefined, asid = 0): bigint {
  const address = (addressInSpace(space, page) >> 12n) & ((1n << (space.regime === 'stage2' ? 40n : 44n)) - 1n);
  const ttl = level === undefined ? 0n : (granuleCode[space.granule] << 2n) | BigInt(level);
  const tagged = space.regime === 'EL1' || space.regime === 'EL2&0';
  return address | (ttl << 44n) | (tagged ? BigInt(asid) << 48n : 0n);
}
