import { type LogReport, reportLog } from '@kexeckit/evidence';
import { type Awaited, type Boot, BootedMachine, type QemuOptions } from '@kexeckit/qemu';
import { type NextKernel, parseMark, phases, RebootError, type Watch } from '@kexeckit/reboot';
import type { StrategyName } from '@kexeckit/relocation/strategies';
import type { Context } from '../context.ts';
import { type MadeQemu, qemuOptionsOf } from '../machines/qemu.ts';
import { longName } from '../options/option.ts';
import { strategyNames } from '../options/strategy.ts';
import { watched } from '../render/progress.ts';
import { bootOf } from './boot.ts';
import { cameBack } from './came-back.ts';
import { cannotRun, hasEnded, isUp, lacks } from './init.ts';
import { TimedLog } from './timed-log.ts';
import type { FromValues } from './values.ts';

/** A reboot of a kernel that left by itself, as its console tells of it. */
export interface WatchedReboot {
  readonly kind: 'watched';
  /** What QEMU made. */
  readonly machine: Pick<QemuOptions, 'memory' | 'cpus' | 'exceptionLevel'>;
  /** The old kernel's release, as `uname -r` says it. */
  readonly oldKernel: string;
  /** How it left; undefined where nobody named it, and its console did not. */
  readonly strategy: StrategyName | undefined;
  readonly nextKernel: NextKernel;
  /** What its console says of the way, by this host's clock and by the kernels' own. */
  readonly report: LogReport;
}

/** Seconds that it may take by default: an emulated CPU plans and proves slowly. */
const TIMEOUT = '900';

/** Signs that the old kernel has gone: its last word, or the first ones of the next kernel. A console may lose some. */
const hasLeft = /(?:^|\] ?)(?:(?:kexec(?:_core)?: )?Bye!\s*$|Booting Linux on physical CPU|Linux version \d)/;

const either = (...marks: readonly RegExp[]): RegExp =>
  new RegExp(marks.map(({ source }) => `(?:${source})`).join('|'));

const panic = 'see the console; the old kernel may want another command line (--from-append)';

const comesUp: Awaited = {
  phase: phases.describe,
  who: 'the old kernel',
  does: 'come up',
  hints: {
    panic,
    silent: 'it printed nothing at all: try --from-append earlycon',
    pause: 'it hangs after the lines below',
  },
};

const leaves: Awaited = {
  phase: phases.stage,
  who: 'the old kernel',
  does: 'leave',
  hints: {
    panic,
    silent: panic,
    pause: 'kexeckit works there without a word, and an emulated CPU is slow: give it more time (--timeout)',
  },
};

/**
 * Boots an old kernel on QEMU that runs our command, and watches how it reboots.
 *
 * @throws UsageError for files that cannot be read; BootImageError for what is no kernel, or no initramfs; RebootError as
 * `BootedMachine`, `ENOENT` where the root lacks something, `EIO` where the command refuses in the old kernel, with its words.
 */
export async function watchReboot(values: FromValues, context: Context): Promise<WatchedReboot> {
  context.phase = phases.inputs;
  const boot = await bootOf(values, context.io);
  const made = await qemuOptionsOf(values, context.io, TIMEOUT);
  const label = values.strategy ?? 'reboot';
  return await watched(context, label, (watch) => follow(boot, made, values.strategy, watch), made.attached);
}

async function follow(
  boot: Boot,
  { options }: MadeQemu,
  strategy: StrategyName | undefined,
  { onEvent, signal }: Watch,
): Promise<WatchedReboot> {
  const log = new TimedLog();
  const watch: Watch = {
    ...(signal && { signal }),
    onEvent: (event) => {
      if (event.type === 'console') log.push(event.text);
      onEvent?.(event);
    },
  };
  return await BootedMachine.boot(options, boot, watch, async (machine) => {
    const oldKernel = await oldKernelOn(machine);
    const nextKernel = await machine.arrival();
    const { memory, cpus, exceptionLevel } = options;
    return {
      kind: 'watched',
      machine: { memory, cpus, exceptionLevel },
      oldKernel,
      strategy: strategy ?? strategyIn(machine.text()),
      nextKernel,
      report: reportLog(log.text()),
    };
  });
}

/** Follows the old kernel until it has left. @returns its release */
async function oldKernelOn(machine: BootedMachine): Promise<string> {
  const up = await machine.waitFor(either(isUp, cannotRun), comesUp);
  refuseHalfRoot(machine);
  const [, release] = isUp.exec(up) ?? [];
  if (release === undefined) throw lacking('/bin/busybox that runs', machine);
  const left = await machine.waitFor(either(hasLeft, hasEnded, lacks), leaves);
  const [, what] = lacks.exec(left) ?? [];
  if (what !== undefined) throw lacking(what, machine);
  const [, status] = hasEnded.exec(left) ?? [];
  if (status !== undefined) throw cameBack(Number(status), machine.text(), machine.tail());
  return release;
}

/** What the kernel could not unpack is missing, or cut short: what fails for want of it would say something else. */
function refuseHalfRoot(machine: BootedMachine): void {
  const [, why] = /Initramfs unpacking failed: (.*)/.exec(machine.text()) ?? [];
  if (why === undefined) return;
  throw new RebootError(
    'EIO',
    `the old kernel did not unpack its whole root: ${why.trim()}`,
    `give it more memory (--memory), or a ${longName('fromRoot')} that is whole`,
    { phase: phases.describe, console: machine.tail() },
  );
}

const lacking = (what: string, machine: BootedMachine): RebootError =>
  new RebootError(
    'ENOENT',
    `the root of ${longName('fromRoot')} has no ${what.trim()}`,
    'give the one of npm run bundle: kexeckit-root-arm64.cpio.gz',
    { phase: phases.describe, console: machine.tail() },
  );

/** What the mark says that the command left in the kernel's log. */
function strategyIn(console: string): StrategyName | undefined {
  const [line = ''] = /kexeckit-mark .*/.exec(console) ?? [];
  const name = parseMark(line)?.strategy;
  return strategyNames.find((each) => each === name);
}
