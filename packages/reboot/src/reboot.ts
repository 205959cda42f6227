import { loadImage, type Proof, prove } from '@kexeckit/relocation';
import { RebootError, type Step } from './error.ts';
import type { Machine, MachineEvent, RunReport } from './machine.ts';
import { planReboot, type RebootPlan } from './plan.ts';
import type { RebootRequest } from './request.ts';

/** What a reboot reports while it happens. */
export type RebootEvent =
  | { readonly type: 'step'; readonly step: Step }
  | { readonly type: 'planned'; readonly plan: RebootPlan }
  | { readonly type: 'proved'; readonly proof: Proof }
  | MachineEvent;

/** How a reboot is watched and stopped. */
export interface RebootOptions {
  readonly onEvent?: (event: RebootEvent) => void;
  readonly signal?: AbortSignal;
}

/** A reboot that came to its end. */
export interface RebootReport extends RunReport {
  readonly plan: RebootPlan;
  readonly proof: Proof;
}

/**
 * The only road through the house: describe, plan, load, prove, run.
 *
 * @throws RebootError naming the step; a plan whose proof finds a violation never runs. Errors of the packages below
 * (a kernel that is none, segments that do not fit) come through as they are.
 */
export async function reboot(
  machine: Machine,
  request: RebootRequest,
  options: RebootOptions = {},
): Promise<RebootReport> {
  const { onEvent = () => {}, signal } = options;
  const enter = (step: Step): void => {
    if (signal?.aborted) {
      throw new RebootError(step, 'ECANCELED', `cancelled before ${step}`, {
        hint: 'nothing was changed',
        cause: signal.reason,
      });
    }
    onEvent({ type: 'step', step });
  };

  enter('inputs');
  const description = await machine.describe();
  enter('plan');
  const { plan, contents } = await planReboot(request, description);
  onEvent({ type: 'planned', plan });
  enter('load');
  const image = loadImage(plan.relocation, contents);
  enter('prove');
  const proof = prove(plan.relocation, image, contents);
  onEvent({ type: 'proved', proof });
  refuseUnproved(proof);
  enter('relocation');
  try {
    const report = await machine.run({ plan, contents, image }, { onEvent, ...(signal && { signal }) });
    return { plan, proof, ...report };
  } catch (cause) {
    if (!signal?.aborted) throw cause;
    throw new RebootError('relocation', 'ECANCELED', 'cancelled while the machine ran', {
      hint: 'the machine is gone, nothing else was changed',
      cause,
    });
  }
}

/** The gate before the point of no return. @throws RebootError `EFAULT` with the first violation. */
export function refuseUnproved(proof: Proof): void {
  const [first] = proof.violations;
  if (first === undefined) return;
  const where = first.address === undefined ? '' : ` at 0x${first.address.toString(16)}`;
  throw new RebootError(
    'prove',
    'EFAULT',
    `the plan breaks "${first.invariant}"${where} (${first.owners.join(', ')}): ${first.detail}`,
    {
      hint: 'nothing was changed; the old kernel still runs',
      proof,
    },
  );
}
