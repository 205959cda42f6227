import { lostInWords, tokenize } from '@kexeckit/cmdline';
import { lineMax } from '../crashkernel/kernel.ts';
import { blocker, type Finding, notKnown, ok, seen, warning } from '../finding.ts';
import type { Host } from '../host-values.ts';
import { shortened } from '../read-value.ts';
import type { Load } from './check.ts';

const ID = 'command-line';
/** UEFI's stub leaves out the whole of the parameter that it would have to cut: a line that is shorter by less may lack one. */
const STUB_CUTS = 64;
const REMEDY = 'drop parameters that are defaults, or given twice; put what must not be lost first';

/** What is longer is cut silently, from the end: the parameter that was appended last is lost first. */
export function checkCommandLine(host: Host, load?: Load): Finding {
  const max = lineMax(host);
  if (max === undefined) return noLimitKnown(host);
  const why = `a kernel keeps ${max} bytes of its command line, and cuts the rest without a word`;
  if (load?.cmdline !== undefined && load.cmdline.length > max) return nextIsCut(load.cmdline, max, why);
  if (host.cmdline === undefined)
    return notKnown(ID, host, 'cmdline', "the running kernel's command line", 'read /proc/cmdline on the host');
  const length = host.cmdline.length;
  if (length < max - (host.efi === true ? STUB_CUTS : 0))
    return ok(ID, `the command line has ${length} bytes`, why, seen(host, 'cmdline'));
  const last = tokenize(host.cmdline).tokens.at(-1);
  const end = last === undefined ? '' : shortened(host.cmdline.slice(last.start, last.end));
  return warning(
    ID,
    `the command line has ${length} bytes: its end may have been cut`,
    `${why}${host.efi === true ? "; UEFI's stub cuts in front of a parameter" : ''}: the last that is left is ${JSON.stringify(end)}, perhaps without its end; a next kernel that is given this line has it so`,
    REMEDY,
    [
      { path: '/proc/cmdline', text: `${length} bytes` },
      { path: '/proc/cmdline', text: `… ${host.cmdline.slice(-40)}` },
    ],
  );
}

function nextIsCut(line: string, max: number, why: string): Finding {
  return blocker(
    ID,
    `the next kernel's command line has ${line.length} bytes`,
    `${why}: ${lostInWords(line, { max })}`,
    REMEDY,
    [{ path: 'the next command line', text: `… ${line.slice(max - 20, max)}` }],
  );
}

function noLimitKnown(host: Host): Finding {
  const what = `how much of a command line a kernel for ${host.architecture} keeps`;
  return notKnown(ID, host, 'architecture', what, 'keep it short, and compare /proc/cmdline after the boot');
}
