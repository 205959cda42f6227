import type { StrategyName } from '@kexeckit/relocation';
import type { Wishes } from '../../desk/wishes.ts';

/** What is wished of the machine, as it is typed or ticked; the address keeps it. */
export type MachineTexts = Readonly<Record<'memory' | 'cpus' | 'cmdline' | 'keep' | 'dtb', string>>;

/** What the page opens with: what `kexeckit reboot --machine qemu` does. */
export const firstTexts: MachineTexts = {
  memory: '2048',
  cpus: '2',
  cmdline: 'console=ttyAMA0',
  keep: 'yes',
  dtb: '',
};

/** What the host allows. */
export interface HostLimits {
  readonly machines: number;
  readonly memoryMib: { readonly least: number; readonly most: number };
  readonly cpus: number;
  readonly bodyBytes: number;
  /** Milliseconds. */
  readonly bootMs: number;
  readonly keptMs: number;
  readonly graceMs: number;
}

/** What is wrong with what was typed, by its field. */
export type MachineComplaints = Partial<Record<keyof MachineTexts, string>>;

/** What is wished of the machine. */
export interface MachineWishes {
  readonly memoryMib: number;
  readonly cpus: number;
  readonly cmdline: string;
  readonly keep: boolean;
  readonly takesTree: boolean;
}

/** The longest command line, in characters: arm64's COMMAND_LINE_SIZE. */
const LINE_MAX = 2047;

/** Reads what was typed: the wishes, or what is wrong with them. */
export function readMachine(
  texts: MachineTexts,
  { memoryMib, cpus }: Pick<HostLimits, 'memoryMib' | 'cpus'>,
): { readonly wishes?: MachineWishes; readonly complaints: MachineComplaints } {
  const complaints: MachineComplaints = {};
  const number = (name: 'memory' | 'cpus', least: number, most: number): number => {
    const text = texts[name].trim();
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= least && value <= most)) complaints[name] = `a whole number from ${least} to ${most}`;
    return value;
  };
  const wishes: MachineWishes = {
    memoryMib: number('memory', memoryMib.least, memoryMib.most),
    cpus: number('cpus', 1, cpus),
    cmdline: texts.cmdline,
    keep: texts.keep !== '',
    takesTree: texts.dtb !== '',
  };
  if (texts.cmdline.length > LINE_MAX) complaints.cmdline = `at most ${LINE_MAX} characters`;
  if (/\p{Cc}/u.test(texts.cmdline)) complaints.cmdline = 'one line, without control characters';
  return Object.keys(complaints).length === 0 ? { wishes, complaints } : { complaints };
}

/** The files that are sent along. */
export interface LiveFiles {
  readonly kernel: Uint8Array;
  readonly initrd?: Uint8Array | undefined;
  readonly dtb?: Uint8Array | undefined;
}

/** What is asked of the host. */
export interface LiveAsked {
  readonly wishes: Wishes;
  readonly machine: MachineWishes;
  /** Whether the strategy has a region: only then is one asked for. */
  readonly hasRegion: (strategy: StrategyName) => boolean;
  readonly files: LiveFiles;
  /** A generated kernel runs up to the jump: nothing is in it that could start. */
  readonly isGenerated: boolean;
}

/** Bytes before the head: its length, big-endian. */
const LENGTH_BYTES = 4;

/** A request as the host reads it: the length of its head, the head as JSON, and the files one behind the other. */
export function requestBody({ wishes, machine, hasRegion, files, isGenerated }: LiveAsked): Blob {
  const { strategy, exceptionLevel, vhe, softRestart, seed, reserve, verify, breadcrumbs } = wishes;
  const { memoryMib, cpus, cmdline, keep } = machine;
  const parts = [files.kernel, files.initrd, files.dtb].filter((file) => file !== undefined);
  const head = new TextEncoder().encode(
    JSON.stringify({
      wishes: {
        ...{ strategy, exceptionLevel, vhe, softRestart, seed, verify, breadcrumbs },
        ...{ memoryMib, cpus, cmdline, keep, until: isGenerated ? 'jump' : 'mark' },
        ...(reserve !== '' && hasRegion(strategy) && { reserve }),
      },
      files: { kernel: files.kernel.length, initrd: files.initrd?.length, dtb: files.dtb?.length },
    }),
  );
  const length = new Uint8Array(LENGTH_BYTES);
  new DataView(length.buffer).setUint32(0, head.length);
  return new Blob([length, head, ...parts.map((bytes) => new Uint8Array(bytes))]);
}
