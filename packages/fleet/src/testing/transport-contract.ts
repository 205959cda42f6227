import { createHash } from 'node:crypto';
import type { HostEntry } from '@kexeckit/rollout';
import { expect, it } from 'vitest';
import { ASK_SCRIPT, WRITE_SCRIPT } from '../agent/install.ts';
import { FleetError } from '../error.ts';
import type { RunRequest, Transport } from '../transport/transport.ts';

/** What the contract needs of a transport. */
export interface TransportSubject {
  readonly transport: Transport;
  /** A host that answers. */
  readonly host: HostEntry;
  /** A folder in which hosts take files; `/var/lib/kexeckit/fleet` on simulated ones. */
  readonly folder: string;
}

/** What the agent asks first; the last file may be missing. */
const IDENTITY: RunRequest['argv'] = [
  'cat',
  ...['/proc/sys/kernel/random/boot_id', '/proc/sys/kernel/osrelease', '/etc/machine-id'],
];
const UNAME: RunRequest['argv'] = ['uname', '-m'];
const bytes = Buffer.from(Array.from({ length: 200_000 }, (_, at) => (at * 7) % 256));
const sha256 = createHash('sha256').update(bytes).digest('hex');

/** The error that a run ends with. */
export async function refusalOf(run: Promise<unknown>): Promise<FleetError> {
  const error: unknown = await run.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(FleetError);
  if (!(error instanceof FleetError)) throw error;
  expect(`${error.message}${error.hint}${error.value ?? ''}`).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  return error;
}

/** What every transport does the same. To be called where tests are declared. */
export function transportContract(subject: () => TransportSubject): void {
  const run = async (argv: RunRequest['argv'], more: Partial<RunRequest> = {}) => {
    const { transport, host } = subject();
    return await transport.run(host, { argv, limitMs: 60_000, maxBytes: 1 << 20, ...more });
  };
  const textOf = ({ stdout }: { readonly stdout: Uint8Array }): string => new TextDecoder().decode(stdout);

  it('runs a program and returns what it writes', async () => {
    expect(textOf(await run(IDENTITY))).toMatch(/^[0-9a-f-]{36}\n[^\n]+\n(?:[0-9a-f]{32}\n)?$/);
    const said = await run(UNAME);
    expect(said.code).toBe(0);
    expect(textOf(said)).toMatch(/^\w+\n$/);
  });

  it('tells the exit code of a program that fails', async () => {
    const said = await run(['cat', '/var/lib/kexeckit/rollouts/no-such-rollout']);
    expect(said.code).toBe(1);
    expect(said.stdout).toHaveLength(0);
  });

  it('tells of a program that is not there as a shell does', async () => {
    expect((await run([`/var/lib/kexeckit/fleet/${'0'.repeat(64)}/kexeckit`, 'status', '--json'])).code).toBe(127);
  });

  it('hands over bytes as they are', async () => {
    const path = `${subject().folder}/${sha256}`;
    expect(textOf(await run(['sh', '-c', ASK_SCRIPT, 'sh', path, sha256]))).toBe('missing\n');
    const wrong = await run(['sh', '-c', WRITE_SCRIPT, 'sh', path, sha256], { stdin: bytes.subarray(1) });
    expect([wrong.code, textOf(wrong)]).toEqual([3, '']);
    expect(textOf(await run(['sh', '-c', WRITE_SCRIPT, 'sh', path, sha256], { stdin: bytes }))).toBe('present\n');
    expect(textOf(await run(['sh', '-c', ASK_SCRIPT, 'sh', path, sha256]))).toBe('present\n');
  });

  it('takes no more than it was told to', async () => {
    const { length } = (await run(UNAME)).stdout;
    expect((await run(UNAME, { maxBytes: length })).stdout).toHaveLength(length);
    expect((await refusalOf(run(UNAME, { maxBytes: length - 1 }))).code).toBe('EMSGSIZE');
  });

  it('begins nothing after the signal', async () => {
    expect((await refusalOf(run(UNAME, { signal: AbortSignal.abort() }))).code).toBe('ECANCELED');
  });

  it('keeps runs at once apart', async () => {
    const argvs = Array.from({ length: 6 }, (_, at): RunRequest['argv'] => (at % 2 ? IDENTITY : UNAME));
    const alone = [textOf(await run(UNAME)), textOf(await run(IDENTITY))];
    expect((await Promise.all(argvs.map((argv) => run(argv)))).map(textOf)).toEqual(
      argvs.map((_, at) => alone[at % 2]),
    );
  });
}
