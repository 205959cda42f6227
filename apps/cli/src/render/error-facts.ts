import type { PhaseRow } from '@kexeckit/reboot';
import { Interruption, UsageError } from '../error.ts';

/** The one shape that all errors of ours have, whatever package they are from. */
interface ToldError extends Error {
  readonly code: string;
  readonly hint: string;
  readonly phase?: unknown;
}

/** What is known beyond the error itself. */
export interface ErrorScene {
  /** The phase that was announced last. */
  readonly phase: PhaseRow | undefined;
  /** Why the work was to end, where it was. */
  readonly reason?: unknown;
  /** What was done, in the place of a phase. */
  readonly doing?: string | undefined;
}

/** What there is to say of an error, to people or programs. */
export interface ErrorFacts {
  /** A command line that makes no sense · work that failed · work that was ended · a mistake of ours. */
  readonly kind: 'usage' | 'failed' | 'interrupted' | 'bug';
  /** The name of an errno, or `ERR`. */
  readonly code: string;
  readonly message: string;
  /** What to do, where somebody knows. */
  readonly hint: string | undefined;
  readonly phase: Pick<PhaseRow, 'name' | 'doing'> | undefined;
  /** What was done, where that was no phase. */
  readonly doing?: string | undefined;
  /** Whether nobody is there to read it, or it was said before. */
  readonly isQuiet: boolean;
}

/** What there is to say of an error. */
export function errorFacts(error: unknown, scene: ErrorScene): ErrorFacts {
  const { doing } = scene;
  const phase = doing === undefined ? (ownPhase(error) ?? scene.phase) : undefined;
  const loud = { isQuiet: false, phase, doing };
  if (scene.reason instanceof Interruption) return interruption(scene.reason, error, scene);
  if (error === scene.reason && !isTold(error))
    return { ...loud, kind: 'interrupted', code: 'ECANCELED', message: 'cancelled', hint: undefined, phase: undefined };
  if (isTold(error)) {
    const { code, message, hint } = error;
    return { ...loud, kind: error instanceof UsageError ? 'usage' : 'failed', code, message, hint };
  }
  if (isSystemError(error)) {
    const { code, message } = error;
    if (error.syscall === 'uv_cwd')
      return {
        ...loud,
        kind: 'failed',
        code: 'ENOENT',
        message: 'the current folder has been removed',
        hint: 'go to another one',
      };
    return { ...loud, kind: 'failed', code: typeof code === 'string' ? code : 'EIO', message, hint: undefined };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { ...loud, kind: 'bug', code: 'ERR', message, hint: undefined };
}

function interruption(reason: Interruption, error: unknown, scene: ErrorScene): ErrorFacts {
  // An error that was there before, or only because of the end, would say what to do about something else.
  const told = isTold(error) && error.cause === reason ? error : reason;
  return {
    kind: 'interrupted',
    code: reason.code,
    message: reason.message,
    hint: told.hint,
    ...(scene.doing === undefined
      ? { phase: ownPhase(told) ?? scene.phase }
      : { phase: undefined, doing: scene.doing }),
    isQuiet: reason.isQuiet,
  };
}

const ownPhase = (error: unknown): Pick<PhaseRow, 'name' | 'doing'> | undefined =>
  error instanceof Error && 'phase' in error && isPhase(error.phase) ? error.phase : undefined;

const isPhase = (value: unknown): value is Pick<PhaseRow, 'name' | 'doing'> =>
  typeof value === 'object' && value !== null && 'name' in value && 'doing' in value;

const isTold = (error: unknown): error is ToldError =>
  error instanceof Error &&
  'code' in error &&
  typeof error.code === 'string' &&
  'hint' in error &&
  typeof error.hint === 'string';

/** What Node says of a system call that failed: the disk is full, a file may not be opened. */
const isSystemError = (error: unknown): error is Error & { readonly code?: unknown; readonly syscall: unknown } =>
  error instanceof Error && 'syscall' in error;
