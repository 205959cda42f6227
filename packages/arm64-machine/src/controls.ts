// Registers whose bits make hardware trap, route or translate otherwise, and which of those bits the machine acts on. What
// it does not act on must not be set silently: it ends the run. Bits that only EL0, AArch32, or a feature that no CPU here
// has would notice, change nothing and may be set. SCTLR, TCR, MAIR and TTBR are modelled as a whole.

/** What a register may hold: no bits but these, and all of those. */
interface Modelled {
  readonly may: bigint;
  readonly must: bigint;
}

type Range = number | readonly [high: number, low: number];

const bits = (...ranges: readonly Range[]): bigint =>
  ranges.reduce<bigint>((all, range) => {
    const [high, low] = typeof range === 'number' ? [range, range] : range;
    return all | (((1n << BigInt(high - low + 1)) - 1n) << BigInt(low));
  }, 0n);

const only = (...ranges: readonly Range[]): Modelled => ({ may: bits(...ranges), must: 0n });

/** ZEN, FPEN, SMEN: there is neither SVE nor SME. */
const LEVEL_ENABLES = only([17, 16], [21, 20], [25, 24]);

/** By the register, as it is laid out without HCR_EL2.E2H and with it (Arm ARM D24). */
const modelled: Readonly<Partial<Record<string, readonly [without: Modelled, withE2h: Modelled]>>> = {
  // FMO, IMO, AMO, TGE, RW, E2H. API, APK and ATA let instructions pass that are not there.
  hcr_el2: twice(only([5, 3], 27, 31, 34, [41, 40], 56)),
  // TFP, and bits that are RES1.
  cptr_el2: [only([10, 0], [13, 12]), LEVEL_ENABLES],
  cpacr_el1: twice(LEVEL_ENABLES),
  // HPMN, E2PB, E2TB: there are neither event counters nor profiling.
  mdcr_el2: twice(only([4, 0], [13, 12], [25, 24])),
  // TDCC, KDE, MDE: there are no breakpoints.
  mdscr_el1: twice(only([13, 12], 15)),
  // The event stream, and what EL1 and EL0 may use of the timers: EL1 must be allowed the counter.
  cnthctl_el2: [
    { may: bits([7, 0]), must: bits(0) },
    { may: bits([11, 0]), must: bits(10) },
  ],
  // What EL0 may use, and the event stream.
  cntkctl_el1: twice(only([9, 0])),
};

function twice(modelled: Modelled): readonly [Modelled, Modelled] {
  return [modelled, modelled];
}

/** The bits of a value that the machine does not model as they would stand in a register; 0 where it models them all. */
export function unmodelledBits(register: string, value: bigint, isVhe: boolean): bigint {
  const found = modelled[register]?.[isVhe ? 1 : 0];
  return found === undefined ? 0n : (value & ~found.may) | (found.must & ~value);
}
