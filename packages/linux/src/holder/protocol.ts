import type { Socket } from 'node:net';
import { type PhaseName, phases, RebootError, type RebootErrorCode } from '@kexeckit/reboot';
import { errnoOf } from '../reading.ts';

/** What a holder can be asked: whether its pages are whole, to let go, or to be ready, as the machine will reboot at once. */
export const questions = ['check', 'unload', 'leave'] as const;
export type Question = (typeof questions)[number];

/** What it answers where that went well. */
export interface Answer {
  /** `check`: every page is as it was proved. */
  readonly isWhole?: boolean;
}

/** An error as it goes from one process to another. */
interface SentError {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly phase: string | undefined;
}

/** Everything that the other side says until it has nothing more to say; the socket stays open for an answer. */
export function allOf(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    socket.setEncoding('utf8');
    socket.on('data', (piece: string) => {
      text += piece;
    });
    socket.once('end', () => resolve(text));
    socket.once('error', reject);
    socket.once('close', () => reject(noAnswer()));
  });
}

/** @throws RebootError `EINVAL` */
export function questionIn(text: string): Question {
  const found = questions.find((question) => question === text.trim());
  if (found !== undefined) return found;
  throw new RebootError('EINVAL', 'the holder was asked something that it does not know', 'use the same version');
}

/** An answer, or the error of whoever should have given one. */
export async function answerFor(work: () => Promise<Answer>): Promise<Answer | { readonly error: SentError }> {
  try {
    return await work();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const isOurs = error instanceof Error && 'hint' in error;
    const phase = error instanceof RebootError ? error.phase?.name : undefined;
    return { error: { code: errnoOf(error), message, hint: isOurs ? String(error.hint) : 'see dmesg', phase } };
  }
}

/** The codes that an error keeps on its way. */
const codes: readonly RebootErrorCode[] = [
  'EPERM',
  'ENOMEM',
  'EIO',
  'EBUSY',
  'EALREADY',
  'ESTALE',
  'ECANCELED',
  'EINVAL',
];

/** What came from a holder. @throws RebootError that it sent; `EIO` for what is no answer. */
export function answerIn(text: string): Answer {
  const answer = parsed(text);
  if (!('error' in answer)) return 'isWhole' in answer ? { isWhole: answer.isWhole === true } : {};
  const sent: Partial<Record<keyof SentError, unknown>> = Object(answer.error);
  const phase = phaseNamed(sent.phase);
  throw new RebootError(
    codes.find((code) => code === sent.code) ?? 'EIO',
    String(sent.message),
    String(sent.hint),
    phase === undefined ? {} : { phase: phases[phase] },
  );
}

function phaseNamed(name: unknown): PhaseName | undefined {
  const names = Object.keys(phases).filter((each): each is PhaseName => each in phases);
  return names.find((each) => each === name);
}

function parsed(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value;
  } catch {}
  throw noAnswer();
}

/** The holder went away before it answered. */
export const noAnswer = (): RebootError =>
  new RebootError('EIO', 'the process that holds the image does not answer', 'unload it: kexeckit unload', {
    phase: phases.stage,
  });
