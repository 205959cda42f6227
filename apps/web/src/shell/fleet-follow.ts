/** Milliseconds from one answer of the host to the next question; longer where it does not answer. */
const POLL_MS = 1000;
const POLL_AGAIN_MS = 5000;
/** Milliseconds after which a host that has not answered to the end counts as one that does not. */
const ANSWER_MS = 60_000;

/** Asks the host how a rollout stands. @throws where it does not answer, and when the signal fires. */
export type AskRollout = (headers: HeadersInit, signal: AbortSignal) => Promise<Response>;

/**
 * Asks for a rollout again and again, as long as it runs.
 *
 * @param read takes what is answered; undefined where that is none, or something else is wanted by then.
 * @returns ends that.
 */
export function follow(
  ask: AskRollout,
  read: (what: ArrayBuffer) => Promise<{ readonly state: string } | undefined>,
  fail: (error: unknown) => void,
): () => void {
  let tag: string | undefined;
  const once = async (signal: AbortSignal): Promise<number | undefined> => {
    const response = await ask(tag === undefined ? {} : { 'if-none-match': tag }, signal);
    if (response.status === 304) return POLL_MS;
    const bytes = await response.arrayBuffer();
    const next = await read(bytes);
    if (next === undefined) return POLL_MS;
    tag = response.headers.get('etag') ?? undefined;
    return next.state === 'running' ? POLL_MS : undefined;
  };
  return again(once, (error) => {
    // What comes next is read, whether it has changed or not, so that the complaint goes.
    tag = undefined;
    fail(error);
  });
}

/** Asks the host until it has answered once. @returns ends that. */
export const untilAnswered = (
  ask: (signal: AbortSignal) => Promise<unknown>,
  fail: (error: unknown) => void,
): (() => void) => again(async (signal) => void (await ask(signal)), fail);

/** @param once gives the milliseconds to the next time; undefined where there is none. */
function again(once: (signal: AbortSignal) => Promise<number | undefined>, fail: (error: unknown) => void): () => void {
  let isOver = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asked = new AbortController();
  const ask = async (): Promise<void> => {
    const mine = new AbortController();
    asked = mine;
    const late = setTimeout(() => mine.abort(), ANSWER_MS);
    const rest = await once(mine.signal).catch((error: unknown) => {
      if (!isOver) fail(error);
      return POLL_AGAIN_MS;
    });
    clearTimeout(late);
    if (!isOver && rest !== undefined) timer = setTimeout(() => void ask(), rest);
  };
  void ask();
  return () => {
    isOver = true;
    asked.abort();
    clearTimeout(timer);
  };
}
