import { type Evidence, type TroubleCode, timeBounds } from '@kexeckit/rollout';
import * as v from 'valibot';
import { FleetError } from '../error.ts';
import { oneLine } from '../printable.ts';
import type { RunResult } from '../transport/transport.ts';
import type { Identity } from './identity.ts';

/** Bytes of a reply in JSON. */
export const JSON_MOST: number = 4 << 20;
/** Bytes of a reply in a few words. */
export const WORDS_MOST = 4096;

/** Codes that a host may answer with: those of transports and of the rollout itself are not its to say. */
const hostCodes: readonly TroubleCode[] = [
  ...(['EINVAL', 'ENOENT', 'EEXIST', 'EACCES', 'EPERM', 'EBUSY', 'EIO', 'ETIMEDOUT', 'ESTALE', 'EOPNOTSUPP'] as const),
];

const BOOT_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What /proc/sys/kernel/random/boot_id says. */
export const bootIdSchema: v.GenericSchema<unknown, string> = v.pipe(v.string(), v.regex(BOOT_ID));
/** What `uname -r` says: it is compared, and shown, and is never part of a path. */
const releaseSchema = v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9._+~:-]{0,63}$/));
/** What /etc/machine-id says; an image that no host has booted from yet says `uninitialized`. */
const machineIdSchema = v.pipe(v.string(), v.regex(/^(?:[0-9a-f]{32}|uninitialized)?$/));
export const architectureSchema: v.GenericSchema<unknown, string> = v.pipe(v.string(), v.regex(/^[a-z0-9_]{1,32}$/));

/** The lines of boot id, release and, where there is one, machine id. */
export const identitySchema: v.GenericSchema<unknown, Omit<Identity, 'architecture'>> = v.union([
  v.pipe(
    v.strictTuple([bootIdSchema, releaseSchema, machineIdSchema]),
    v.transform(([bootId, release, machineId]) => ({
      bootId,
      release,
      machineId: machineId === 'uninitialized' ? '' : machineId,
    })),
  ),
  v.pipe(
    v.strictTuple([bootIdSchema, releaseSchema]),
    v.transform(([bootId, release]) => ({ bootId, release, machineId: '' })),
  ),
]);

/** What `kexeckit load --json` says: a plan that stands ready. */
export const loadedSchema: v.GenericSchema<unknown, { readonly kind: 'plan' }> = v.object({ kind: v.literal('plan') });

/** What `kexeckit status --json` says. */
export const statusSchema: v.GenericSchema<unknown, { readonly next: boolean }> = v.object({ next: v.boolean() });

/** What `kexeckit exec --json` and `kexeckit unload --json` say. */
export const slotsSchema: v.GenericSchema<unknown, object> = v.object({
  next: v.optional(v.boolean()),
  crash: v.optional(v.boolean()),
});

/** What the claim of a rollout says: in which boot it was made. */
export const claimSchema: v.GenericSchema<unknown, { readonly boot: string }> = v.object({ boot: bootIdSchema });

const PHASES_MOST = 32;
const YEAR_SECONDS = 366 * 24 * 3600;
const SECOND_MS = 1000;
const phaseName = v.pipe(v.string(), v.regex(/^[a-z][a-z-]{0,31}$/));
const seconds = v.pipe(v.number(), v.minValue(0), v.maxValue(YEAR_SECONDS));
const bound = v.optional(v.picklist(timeBounds), 'exact');
const measured = v.object({ basis: v.literal('measured'), phase: phaseName, seconds, bound });
const unknown = v.object({ basis: v.literal('unknown'), phase: phaseName });

/** What `kexeckit timeline --last --json` says of each phase that was measured. */
export const evidenceSchema: v.GenericSchema<unknown, Evidence> = v.pipe(
  v.object({
    kind: v.literal('last'),
    report: v.object({
      passage: v.object({
        phases: v.pipe(v.array(v.variant('basis', [measured, unknown])), v.maxLength(PHASES_MOST)),
      }),
    }),
  }),
  v.transform(({ report }) =>
    Object.fromEntries(
      report.passage.phases.flatMap((time) =>
        time.basis === 'measured' ? [[time.phase, { ms: time.seconds * SECOND_MS, bound: time.bound }] as const] : [],
      ),
    ),
  ),
);

const errorSchema = v.object({
  error: v.object({
    kind: v.string(),
    code: v.string(),
    message: v.string(),
    hint: v.nullish(v.string()),
    phase: v.nullish(v.string()),
  }),
});

/** A failure as the host's side tells it. */
export interface HostFailure {
  readonly code: TroubleCode;
  readonly message: string;
  readonly hint: string;
}

/** The text of what was written to standard output: undefined where it is no UTF-8. */
export function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Undefined where it is no JSON. */
export function jsonOf(bytes: Uint8Array): unknown {
  const text = textOf(bytes);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What the host's side says went wrong; undefined where it says nothing that can be understood. */
export function failureIn(stdout: Uint8Array): HostFailure | undefined {
  const parsed = v.safeParse(errorSchema, jsonOf(stdout));
  if (!parsed.success) return undefined;
  const { code, message, hint } = parsed.output.error;
  const known = hostCodes.find((name) => name === code);
  const said = oneLine(message, MESSAGE_MOST);
  return {
    code: known ?? 'EIO',
    message: known === undefined ? `${oneLine(code, CODE_MOST)}: ${said}` : said,
    hint: oneLine(hint ?? '', MESSAGE_MOST),
  };
}

const MESSAGE_MOST = 500;
const CODE_MOST = 32;

/** A reply that makes no sense. */
export const protocolError = (host: string, what: string, value: Uint8Array | string = ''): FleetError =>
  new FleetError('EPROTO', `${host}: ${what}`, 'see what this host runs: its reply is none of the host’s side', {
    host,
    value: oneLine(typeof value === 'string' ? value : shown(value)),
  });

const SHOWN_BYTES = 1024;
const shown = (bytes: Uint8Array): string => new TextDecoder().decode(bytes.subarray(0, SHOWN_BYTES));

/** What a shell, or env, says of a program that it does not find, or may not start. */
const NOT_FOUND = 127;
const NOT_STARTED = 126;

/** Why a program of the host ended as it did: in the words of the host's side, or in those of what it wrote as errors. */
export function failureOf(host: string, what: string, { code, stdout, stderr }: RunResult): FleetError {
  const told = failureIn(stdout);
  if (told !== undefined) return new FleetError(told.code, `${host}: ${told.message}`, told.hint, { host });
  const said = oneLine(stderr.trimEnd().split('\n').at(-1) ?? '');
  const how = code === undefined ? 'was ended by a signal' : `ended with ${code}`;
  return new FleetError(
    code === NOT_FOUND ? 'ENOENT' : code === NOT_STARTED ? 'EACCES' : 'EIO',
    `${host}: ${what} ${how}${said === '' ? '' : `: ${said}`}`,
    code === NOT_FOUND || code === NOT_STARTED
      ? 'see that the host has what its side needs: sh, sha256sum, node'
      : 'look at the host',
    { host },
  );
}
