import type { HostRun } from './host-run.ts';

/** Lines of a console that are kept. */
const LINES = 20;

/** The last lines of a host's console, where the policy says how to get them; none where that fails. */
export async function lastLines(run: HostRun): Promise<readonly string[]> {
  const { console } = run.document.policy;
  if (console === undefined) return [];
  try {
    return (await run.hook(console, run.host)).split('\n').slice(-LINES);
  } catch {
    return [];
  }
}
