import { MachineFault } from '@kexeckit/arm64-machine';
import { RebootError } from '@kexeckit/reboot';
import type { Proof } from '@kexeckit/relocation';
import type { Finding } from './facts.ts';

const nowhere = { step: undefined, pc: undefined, instruction: '', address: undefined } as const;

/** What a proof refuses, one finding for each invariant. */
export function proofFindings({ violations }: Proof): Finding[] {
  const names = [...new Set(violations.map(({ invariant }) => invariant))];
  return names.map((name) => {
    const all = violations.filter(({ invariant }) => invariant === name);
    const { detail = '', address } = all[0] ?? {};
    return { ...{ by: 'proof', name, detail, hint: '', count: all.length }, ...nowhere, address };
  });
}

/** Why the strict machine ended a run. @throws what is no fault of the program. */
export function faultFinding(error: unknown, step: number): Finding {
  if (!(error instanceof MachineFault)) throw error;
  const { kind, message, hint, pc, address, instruction } = error;
  // The place is told apart.
  const detail = message.replace(/^.*?, address 0x[0-9a-f]+: /, '');
  return { by: 'machine', name: kind, detail, hint, count: 1, step, pc, address, instruction };
}

/** What the check of an arrival refuses. @throws what is no refusal. */
export function arrivalFinding(error: unknown, step: number, pc: bigint): Finding {
  if (!(error instanceof RebootError)) throw error;
  const { complaint, message, hint } = error;
  return { by: 'arrival', name: complaint ?? error.code, detail: message, hint, count: 1, ...nowhere, step, pc };
}

/** The routine has stopped by itself. */
export function haltFinding(console: string, step: number, pc: bigint): Finding {
  const said = console === '' ? '' : `; the console says "${console}"`;
  return {
    ...{ by: 'routine', name: 'digest', count: 1, ...nowhere, step, pc, instruction: 'wfi' },
    detail: `a segment differs from its digest: the routine waits for ever, and does not jump${said}`,
    hint: 'memory was changed between loading and the reboot',
  };
}

/** A routine that does not end, or does nothing any more. */
export function lostFinding(step: number, pc: bigint): Finding {
  return {
    ...{ by: 'machine', name: 'never ends', count: 1, ...nowhere, step, pc },
    detail: 'it takes more steps than any such routine needs',
    hint: 'the entry list or the routine does not end',
  };
}
