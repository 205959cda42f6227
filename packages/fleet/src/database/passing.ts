import { setTimeout as sleep } from 'node:timers/promises';

/** What PostgreSQL says of a connection that broke, of too many of them, and of a server that ends or is being started. */
const PASSING_STATES = ['08', '53', '57P'];
/** What its client says by itself. */
const PASSING = /connection (terminated|timeout|error)|timeout exceeded when trying to connect/iu;
const AGAIN_MS = 250;
const AGAIN_MOST_MS = 5000;

/** Whether a database that was asked may answer when it is asked again. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return code === 'ECONNRESET' || PASSING_STATES.some((state) => code.startsWith(state)) || isOfClient(error);
}

/** Errors of the client have no name of their own; words of others, as those of a host, say nothing of the database. */
const isOfClient = ({ name, message }: Error): boolean => name === 'Error' && PASSING.test(message);

/** Whether it is the database that says so, or the way to it: nothing is wrong with who has asked. */
export const isOfDatabase = (error: unknown): boolean =>
  isPassing(error) || (error instanceof Error && 'severity' in error && 'code' in error);

/** Asks a database what the engine does not ask again by itself, until it answers. The question must bear being answered twice. */
export async function untilAnswered<T>(question: () => Promise<T>): Promise<T> {
  for (let wait = AGAIN_MS; ; wait = Math.min(2 * wait, AGAIN_MOST_MS)) {
    try {
      return await question();
    } catch (error) {
      if (!isPassing(error)) throw error;
      await sleep(wait);
    }
  }
}
