import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { main, start, testFolder } from './kexeckit.ts';
import { endOf, Trace } from './processes.ts';

const folder = testFolder();
const noProc = existsSync('/proc/self/environ') ? undefined : 'there is no /proc to look for processes in';

/** Seconds that a QEMU is given which answers nothing, and one of which something is seen before that. */
const SHORT = 3;
const LONG = 60;
/** Milliseconds in which everything has to be over. */
const OVER = 90_000;

/** A file of this folder that stands for QEMU. */
function program(name: string, script: string): string {
  const path = join(folder, name.replaceAll(/\W/g, '-'));
  writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return path;
}

/** Which of both connections is told of is a matter of chance. */
const SILENT = /did not answer (qmp_capabilities|\?) in time/;

const misbehaviours: [name: string, script: string, says: RegExp][] = [
  ['is silent', 'exec /bin/sleep 1000', /ETIMEDOUT: .* longer than 3 s: QEMU's .* did not answer .* in time; /],
  ['is silent behind its script', '/bin/sleep 1000; echo over', SILENT],
  ['takes no signal', "trap '' TERM INT HUP QUIT; while :; do /bin/sleep 1; done", SILENT],
  ['says half a line', "printf '{\"retu' >&3; exec /bin/sleep 1000", SILENT],
  ['talks nonsense', "printf 'hello\\n' >&3; exec /bin/sleep 1000", /control connection said "hello"/],
  ['talks nonsense to the debugger', "printf '$OK#00' >&4; exec /bin/sleep 1000", /gdb stub answered/],
  ['closes its connections', 'exec 3>&- 4>&-; exec /bin/sleep 1000', /closed its/],
  ['ends at once', 'exit 7', /ended by itself with status 7/],
  [
    'complains without end',
    'yes "a complaint" | head -c 8000000 >&2; exit 7',
    /ended by itself: \.\.\. a complaint( \| a complaint)+/,
  ],
  ['talks without end', 'exec yes >&3', /control connection said "y"/],
];

describe('--qemu with a program that misbehaves: a message, exit code 1, and nothing is left', () => {
  test.for(misbehaviours)('it %s', { timeout: OVER }, async ([name, script, says], { skip }) => {
    if (noProc !== undefined) skip(noProc);
    const trace = new Trace(folder);
    const qemu = program(name, script);
    const limit = /in time/.test(says.source) ? SHORT : LONG;
    const args = ['reboot', '--machine', 'qemu', '--kernel', main, '--qemu', qemu, '--timeout', String(limit)];
    const { code, err } = await endOf(start(args, trace.env), new Promise(() => {}), () => {});
    expect(err).toMatch(says);
    expect(code, err).toBe(1);
    expect(await trace.left()).toEqual([]);
  });
});
