import type { QemuOptions } from '@kexeckit/qemu';
import type { RebootRequest } from '@kexeckit/reboot';
import * as v from 'valibot';
import { CliError } from '../../../error.ts';
import { strategyNames } from '../../../options/strategy.ts';
import type { QemuLimits } from './limits.ts';

/** What is asked for: a machine, and what it is rebooted into. */
export interface QemuRequest {
  readonly machine: Pick<QemuOptions, 'memory' | 'cpus' | 'exceptionLevel' | 'vhe' | 'softRestart'> & {
    readonly until: 'mark' | 'jump';
  };
  readonly job: RebootRequest;
  /** Whether the machine runs on when the next kernel is up. */
  readonly keep: boolean;
}

/** Bytes before the head: its length, big-endian. */
const LENGTH_BYTES = 4;
const HEAD_MAX = 2 ** 16;

const whole = (least: number, most: number) =>
  v.pipe(v.number(), v.integer('a whole number'), v.minValue(least), v.maxValue(most));
/** Text of one line. */
const line = (most: number) => v.pipe(v.string(), v.maxLength(most), v.regex(/^\P{Cc}*$/u, 'no control characters'));

/** Nothing else may be in it: no path, no program, no pattern that is looked for. */
const headOf = ({ memoryMib: { least, most }, cpus, bodyBytes }: QemuLimits) =>
  v.strictObject({
    wishes: v.strictObject({
      strategy: v.picklist(strategyNames),
      exceptionLevel: v.picklist([1, 2]),
      vhe: v.boolean(),
      softRestart: v.boolean(),
      seed: whole(-(2 ** 31), 2 ** 31 - 1),
      memoryMib: whole(least, most),
      cpus: whole(1, cpus),
      // What arm64's COMMAND_LINE_SIZE leaves.
      cmdline: line(2047),
      reserve: v.optional(line(64)),
      verify: v.boolean(),
      breadcrumbs: v.boolean(),
      until: v.picklist(['mark', 'jump']),
      keep: v.boolean(),
    }),
    // Bytes of the files that follow, in this order.
    files: v.strictObject({
      kernel: whole(1, bodyBytes),
      initrd: v.optional(whole(1, bodyBytes)),
      dtb: v.optional(whole(1, bodyBytes)),
    }),
  });

type Head = v.InferOutput<ReturnType<typeof headOf>>;

/**
 * Reads the body of a request: the length of its head, the head as JSON, and the files behind it.
 *
 * @throws CliError `EINVAL` for anything else.
 */
export function readRequest(given: Uint8Array, limits: QemuLimits): QemuRequest {
  // A Buffer would share what slices of it are to copy.
  const body = new Uint8Array(given.buffer, given.byteOffset, given.length);
  const length = body.length < LENGTH_BYTES ? 0 : new DataView(body.buffer, body.byteOffset).getUint32(0);
  const start = LENGTH_BYTES + length;
  if (length === 0 || length > HEAD_MAX || start > body.length)
    throw refused('it has no head of the length that it tells');
  const { wishes, files } = readHead(body.subarray(LENGTH_BYTES, start), limits);
  const { kernel, initrd, dtb } = cut(body.subarray(start), files);
  const { strategy, exceptionLevel, vhe, softRestart, seed, memoryMib, cpus, until, keep } = wishes;
  const { cmdline, reserve, verify, breadcrumbs } = wishes;
  return {
    machine: { memory: BigInt(memoryMib) << 20n, cpus, exceptionLevel, vhe, softRestart, until },
    job: {
      ...{ kernel, cmdline, strategy, seed, breadcrumbs, unpackedMax: limits.unpackedBytes },
      ...(initrd && { initrd }),
      ...(dtb && { dtb }),
      ...(reserve && { reserve }),
      ...(!verify && { verify }),
      // What the kernel file has besides the kernel is taken where nothing else is given.
      takes: initrd ? ['dtb'] : ['initrd', 'dtb'],
    },
    keep: keep && until === 'mark',
  };
}

function readHead(bytes: Uint8Array, limits: QemuLimits): Head {
  const read = v.safeParse(headOf(limits), parsed(bytes));
  if (read.success) return read.output;
  const [issue] = read.issues;
  throw refused(`${v.getDotPath(issue) ?? 'its head'}: ${issue.message}`);
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw refused('its head is no JSON');
  }
}

/** The files, one behind the other: nothing may be left over. */
function cut(
  bytes: Uint8Array,
  { kernel, initrd = 0, dtb = 0 }: Head['files'],
): Record<keyof Head['files'], Uint8Array | undefined> & { kernel: Uint8Array } {
  const sum = kernel + initrd + dtb;
  if (bytes.length !== sum) throw refused(`it tells of ${sum} bytes of files, and has ${bytes.length}`);
  const piece = (from: number, size: number): Uint8Array | undefined =>
    size === 0 ? undefined : bytes.subarray(from, from + size);
  return {
    kernel: bytes.subarray(0, kernel),
    initrd: piece(kernel, initrd),
    dtb: piece(kernel + initrd, dtb),
  };
}

const refused = (why: string): CliError =>
  new CliError('EINVAL', `the request makes no sense: ${why}`, 'load the page again, and look at its fields');
