import { blocker, type Finding, notKnown, ok, seen, warning } from '../finding.ts';
import type { Host } from '../host-values.ts';
import type { Load } from './check.ts';

/** COMMAND_LINE_SIZE of arm64 and x86, the NUL at the end included. */
const COMMAND_LINE_SIZE = 2048;
const LONGEST = COMMAND_LINE_SIZE - 1;

/** What is longer is cut silently, from the end: the parameter that was appended last is lost first. */
export function checkCommandLine(host: Host, load?: Load): Finding {
  const id = 'command-line';
  const why = `a kernel keeps ${LONGEST} bytes of its command line, and cuts the rest without a word`;
  const todo = 'drop parameters that are defaults, or given twice; put what must not be lost first';
  const next = load?.cmdline?.length;
  if (next !== undefined && next > LONGEST)
    return blocker(id, `the next kernel’s command line has ${next} bytes`, why, todo, [
      { path: 'the next command line', text: `… ${load?.cmdline?.slice(LONGEST - 20, LONGEST)}` },
    ]);
  if (host.cmdline === undefined)
    return notKnown(id, host, 'cmdline', 'the running kernel’s command line', 'read /proc/cmdline on the host');
  const length = host.cmdline.length;
  const evidence = [{ path: '/proc/cmdline', text: `${length} bytes` }];
  if (length < LONGEST) return ok(id, `the command line has ${length} bytes`, why, seen(host, 'cmdline'));
  return warning(
    id,
    `the command line has ${length} bytes: its end was cut`,
    `${why}; a next kernel that is given this line has the cut parameter`,
    todo,
    [...evidence, { path: '/proc/cmdline', text: `… ${host.cmdline.slice(-40)}` }],
  );
}
