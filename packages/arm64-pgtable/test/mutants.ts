import type { DsbDomain, EditStep, TlbiOperation } from '../src/index.ts';

/** A sequence that differs from a plan in one place, and how. */
export interface Mutant {
  readonly what: string;
  readonly steps: readonly EditStep[];
}

const weaker: Partial<Record<DsbDomain, readonly DsbDomain[]>> = { ish: ['ishst', 'nsh'], ishst: ['nshst'] };

/** Leaves alone, where tables were forgotten too. */
const ofLeaves: Partial<Record<TlbiOperation, TlbiOperation>> = {
  vaae1is: 'vaale1is',
  vae1is: 'vale1is',
  vae2is: 'vale2is',
  ipas2e1is: 'ipas2le1is',
  rvaae1is: 'rvaale1is',
  rvae1is: 'rvale1is',
  rvae2is: 'rvale2is',
  ripas2e1is: 'ripas2le1is',
};

/** One identifier, where all were meant. */
const ofOne: Partial<Record<TlbiOperation, TlbiOperation>> = {
  vaae1is: 'vae1is',
  vaale1is: 'vale1is',
  rvaae1is: 'rvae1is',
  rvaale1is: 'rvale1is',
};

type Tlbi = Extract<EditStep, { kind: 'tlbi' }>;

/** The same instruction for less. */
function narrower(step: Tlbi, asid: bigint): Tlbi[] {
  const { operation, operand = 0n } = step;
  const found: Tlbi[] = [];
  const leaves = ofLeaves[operation];
  if (leaves !== undefined) found.push({ ...step, operation: leaves });
  const one = ofOne[operation];
  if (one !== undefined)
    for (const own of [asid, asid + 1n]) found.push({ ...step, operation: one, operand: operand | (own << 48n) });
  if (operation === 'vmalle1is') found.push({ kind: 'tlbi', operation: 'aside1is', operand: asid << 48n });
  if (operation === 'vmalls12e1is') found.push({ kind: 'tlbi', operation: 'vmalle1is' });
  if (operand === 0n && step.operand === undefined) return found;
  const isRange = operation.startsWith('r');
  // Another page, another granule's hint, another level, the half of a range.
  found.push({ ...step, operand: operand + 0x1_0000n });
  if (!isRange && (operand >> 44n) % 16n !== 0n)
    found.push({ ...step, operand: operand ^ (1n << 44n) }, { ...step, operand: operand ^ (3n << 46n) });
  if (isRange && (operand >> 39n) % 32n !== 0n) found.push({ ...step, operand: operand - (1n << 39n) });
  return found;
}

/** Sequences with a step left out, moved or weakened. Of long rows of the same kind only some places are tried. */
export function* mutantsOf(steps: readonly EditStep[], asid: bigint): Iterable<Mutant> {
  for (const [at, step] of steps.entries()) {
    const isInside = steps[at - 1]?.kind === step.kind && steps[at + 1]?.kind === step.kind;
    if (isInside && at % 61 !== 0) continue;
    const name = Object.values(step).join(' ');
    yield { what: `without ${at}, ${name}`, steps: steps.toSpliced(at, 1) };
    const next = steps[at + 1];
    if (next !== undefined)
      yield {
        what: `${at}, ${name}, after ${Object.values(next).join(' ')}`,
        steps: steps.toSpliced(at, 2, next, step),
      };
    if (step.kind === 'dsb')
      for (const domain of weaker[step.domain] ?? [])
        yield {
          what: `${at}, dsb ${domain} for ${step.domain}`,
          steps: steps.toSpliced(at, 1, { kind: 'dsb', domain }),
        };
    if (step.kind === 'tlbi')
      for (const less of narrower(step, asid))
        yield { what: `${at}, ${Object.values(less).join(' ')} for ${name}`, steps: steps.toSpliced(at, 1, less) };
  }
}
