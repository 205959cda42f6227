import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Entry,
  type Guest,
  guestRoot,
  imageOf,
  initramfs,
  type Scenario,
  stepsOf,
  withScenario,
} from '@kexeckit/guests';
import { InstructionCounter } from './instructions.ts';
import { TELL, type Way } from './ways.ts';

/** What one reboot took. */
export interface Measured {
  /** Bytes that the old kernel moves at the reboot. */
  readonly relocated: number;
  /** KiB that an unload gives back (MemAvailable); undefined where it was not weighed. */
  readonly memory: number | undefined;
  /** From "Bye!" to the next kernel's first line. */
  readonly seconds: number | undefined;
  /** Guest instructions from there, the beginning of machine_kexec, to the next kernel's entry. */
  readonly instructions: number | undefined;
}

/** The machine of every measurement: what differs is the way alone. */
export const machine = { kernel: '6.12', firmware: 'dt', level: 'EL1' } as const satisfies Partial<Scenario>;

const MINUTES = 60_000;
/** What has been freed comes back late: looked at when it has. */
const AVAILABLE = 'sync; sleep 2; echo 3 >/proc/sys/vm/drop_caches; sleep 1; grep MemAvailable /proc/meminfo';

/**
 * A small buffer of translated code, emptied often. With the usual one, QEMU still knows the code of every program that ran in
 * pages that are overwritten at the reboot, and forgets it store by store: up to 1.7 s that no machine spends.
 */
const FORGETFUL = ['-accel', 'tcg,tb-size=16'];

/** Says where the last part of a reboot begins, and waits for a key. */
const WHERE = 'grep " machine_kexec$" /proc/kallsyms; echo ready; read -r key';

/** Beside the kernel: an initramfs of so many bytes that cannot be packed. */
async function filesOf(bytes: number): Promise<Entry[]> {
  const cargo = new Uint8Array(bytes);
  for (let at = 0; at < bytes; at += 65_536) crypto.getRandomValues(cargo.subarray(at, at + 65_536));
  const root = guestRoot([], [[], ['true']], [{ kind: 'file', path: 'cargo', content: cargo }]);
  return [
    { kind: 'file', path: 'boot/Image', content: readFileSync(imageOf(machine.kernel)) },
    { kind: 'file', path: 'boot/initrd', content: initramfs(root, 1) },
    { kind: 'file', path: 'tell.cjs', content: TELL },
  ];
}

/** What is measured beside the time. */
export interface MeasureOptions {
  /** Bytes of the next kernel's initramfs. */
  readonly bytes: number;
  /** Count instructions instead of seconds: a guest is many times slower then. No by default. */
  readonly count?: boolean;
  /** Weigh the load: it is loaded twice then. No by default. */
  readonly weigh?: boolean;
}

/** Reboots a guest one way, and measures. */
export async function measure(way: Way, options: MeasureOptions): Promise<Measured> {
  const { bytes, count = false, weigh = false } = options;
  const folder = mkdtempSync(join(tmpdir(), 'kexeckit-bench-'));
  const counter = count ? new InstructionCounter(folder) : undefined;
  const scenario: Scenario = {
    ...machine,
    ...(counter ? { cpus: 1, qemu: counter.arguments } : { qemu: FORGETFUL }),
    has: way.has,
    cmdline: way.cmdline ?? 'crashkernel=320M',
    stages: [
      [way.load, ...(weigh ? [AVAILABLE, way.unload, AVAILABLE, way.load] : []), WHERE, `dmesg -n 8; ${way.exec}`],
    ],
    entries: await filesOf(bytes),
    deadlineMs: (count ? 40 : 10) * MINUTES,
  };
  try {
    return await withScenario(scenario, async (guest) => {
      const { match } = await guest.waitFor(/([0-9a-f]+) T machine_kexec\s+ready\n/);
      const go = (): void => guest.type('\n');
      const [steps = []] = stepsOf(guest.text());
      const entry = way.entry.exec(steps[0]?.output ?? '')?.[1] ?? '0';
      const instructions = await counter?.between(match[1] ?? '0', entry, go);
      return {
        relocated: way.relocated(steps[0]?.output ?? ''),
        memory: weigh ? availableIn(steps[3]?.output) - availableIn(steps[1]?.output) : undefined,
        seconds: instructions === undefined ? await secondsOf(guest, go) : undefined,
        instructions,
      };
    });
  } finally {
    counter?.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function secondsOf(guest: Guest, go: () => void): Promise<number> {
  go();
  const bye = await guest.waitFor(/Bye!/);
  const boot = await guest.waitFor(/Booting Linux/);
  return (boot.at - bye.at) / 1000;
}

const availableIn = (said = ''): number => Number(/(\d+) kB/.exec(said)?.[1] ?? Number.NaN);
