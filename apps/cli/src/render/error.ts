import type { PhaseRow } from '@kexeckit/reboot';
import { Interruption, UsageError } from '../error.ts';
import type { Page } from './page.ts';
import { paragraph } from './table.ts';

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
  readonly showsStacks?: boolean | undefined;
  readonly page: Page;
}

/** An error for people: in which phase, what, and what to do. */
export async function renderError(error: unknown, scene: ErrorScene): Promise<string> {
  if (scene.reason instanceof Interruption) return interruption(scene.reason, error, scene);
  if (error === scene.reason && !isTold(error)) return said('cancelled', scene);
  if (error instanceof UsageError) return said(`${error.message}; ${error.hint}`, scene);
  if (isTold(error)) {
    const what = paragraph(`${error.code}: ${error.message}; ${error.hint}`, scene.page, '  ');
    return failed(error, [what, ...(await detailLines(error, scene.page))], scene);
  }
  if (isSystemError(error)) return failed(error, [paragraph(error.message, scene.page, '  ')], scene);
  return bug(error, scene);
}

/** One sentence behind the name of the command. */
const said = (text: string, { page }: ErrorScene): string =>
  `${paragraph(text, page, `${page.color.red('kexeckit:')} `)}\n`;

/** In which phase, and what belongs to it. */
function failed(error: unknown, lines: readonly string[], scene: ErrorScene): string {
  const { page } = scene;
  const where = page.color.red(paragraph(`kexeckit: failed${whereIn(error, scene)}`, page));
  return `\n${where}\n${lines.join('\n')}\n`;
}

/** One line, or nothing where nobody reads it. */
function interruption(reason: Interruption, error: unknown, scene: ErrorScene): string {
  if (reason.isQuiet) return '';
  // An error that was there before, or only because of the end, would say what to do about something else.
  const told = isTold(error) && error.cause === reason ? error : reason;
  return said(`${reason.message}${whereIn(told, scene)}; ${told.hint}`, scene);
}

/** An error that nobody foresaw. */
function bug(error: unknown, { showsStacks, page }: ErrorScene): string {
  const what = error instanceof Error ? error.message : String(error);
  const stack = error instanceof Error && error.stack !== undefined ? `${error.stack}\n` : '';
  const more = showsStacks ? stack : '  run it again with KEXECKIT_DEBUG=1 to see where\n';
  return `\n${page.color.red('kexeckit: this is a bug in kexeckit, please report it')}\n${paragraph(what, page, '  ')}\n${more}`;
}

/** The error's own phase, or else the one that was announced last. */
function whereIn(error: unknown, scene: ErrorScene): string {
  const own = error instanceof Error && 'phase' in error && isPhase(error.phase) ? error.phase : undefined;
  const phase = own ?? scene.phase;
  return phase === undefined ? '' : ` while ${phase.doing} (phase ${phase.name})`;
}

const isPhase = (value: unknown): value is Pick<PhaseRow, 'name' | 'doing'> =>
  typeof value === 'object' && value !== null && 'name' in value && 'doing' in value;

const isTold = (error: unknown): error is ToldError =>
  error instanceof Error &&
  'code' in error &&
  typeof error.code === 'string' &&
  'hint' in error &&
  typeof error.hint === 'string';

/** What Node says of a system call that failed: the disk is full, a file may not be opened. */
const isSystemError = (error: unknown): error is Error => error instanceof Error && 'syscall' in error;

/** What only errors of a reboot carry. The engine is loaded already where there is one. */
async function detailLines(error: ToldError, page: Page): Promise<string[]> {
  if (error.name !== 'RebootError') return [];
  const { rebootErrorLines } = await import('./reboot-error.ts');
  return rebootErrorLines(error, page);
}
