import { type FaultKind, MachineFault } from '@kexeckit/arm64-machine';
import { type LoadedReboot, type Machine, RebootError } from '@kexeckit/reboot';
import { type Invariant, prove } from '@kexeckit/relocation';

/** What a machine says of a run: a fault or broken rule, what it finds at the jump, or that it never gets there. */
export type Verdict =
  | FaultKind
  | 'dirty lines'
  | 'stale lines'
  | 'unfinished lines'
  | 'old instructions'
  | 'digest'
  | 'contents'
  | 'hand-over'
  | 'never ends';

/** How each complaint of a machine begins to be known. */
const complaints: readonly (readonly [RegExp, Verdict])[] = [
  [/dirty cache lines/, 'dirty lines'],
  [/stale cache lines/, 'stale lines'],
  [/still being cleaned/, 'unfinished lines'],
  [/old lines in the instruction cache/, 'old instructions'],
  [/differs from its digest/, 'digest'],
  [/differs at/, 'contents'],
  [/did not (end|reach)/, 'never ends'],
  [/at the jump|the jump (leads|is)/, 'hand-over'],
];

/** Runs a reboot without asking the proof; undefined where the machine has nothing to say. */
export async function verdictOf(machine: Machine, victim: LoadedReboot): Promise<Verdict | undefined> {
  try {
    await machine.run(victim);
    return undefined;
  } catch (error) {
    if (!(error instanceof RebootError)) throw error;
    if (error.cause instanceof MachineFault) return error.cause.kind;
    const known = complaints.find(([pattern]) => pattern.test(error.message));
    if (known === undefined) throw error;
    return known[1];
  }
}

/** The invariants that a reboot breaks. */
export function brokenInvariants({ plan, image, contents }: LoadedReboot): Invariant[] {
  const proof = prove(plan.relocation, image, contents);
  return proof.checks.filter(({ violations }) => violations > 0).map(({ invariant }) => invariant);
}
