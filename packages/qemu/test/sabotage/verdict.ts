import { type FaultKind, MachineFault } from '@kexeckit/arm64-machine';
import { type ArrivalComplaint, type LoadedReboot, type Machine, phases, RebootError } from '@kexeckit/reboot';
import { runLoaded } from '@kexeckit/reboot/testing';
import { type Invariant, prove, RelocationError, type World } from '@kexeckit/relocation';

/** What a machine says of a run: a fault or broken rule, what it finds at the jump, that it never gets there, or that it
 * does not take a plan for another machine. */
export type Verdict = FaultKind | Exclude<ArrivalComplaint, 'fault'> | 'refused';

/** Runs a reboot without asking the proof; undefined where the machine has nothing to say. */
export async function verdictOf(machine: Machine, victim: LoadedReboot): Promise<Verdict | undefined> {
  try {
    await runLoaded(machine, victim);
    return undefined;
  } catch (error) {
    if (error instanceof RelocationError) return 'refused';
    if (!(error instanceof RebootError)) throw error;
    if (error.cause instanceof MachineFault) return error.cause.kind;
    if (error.phase === phases.stage) return 'refused';
    if (error.complaint === undefined || error.complaint === 'fault') throw error;
    return error.complaint;
  }
}

/** The invariants that a reboot breaks. */
export function brokenInvariants({ plan, image, contents }: LoadedReboot, world: World): Invariant[] {
  const proof = prove(plan.stage, image, contents, world);
  return proof.checks.filter(({ violations }) => violations > 0).map(({ invariant }) => invariant);
}
