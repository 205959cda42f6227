import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HostEntry } from '@kexeckit/rollout';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { refusalOf, transportContract } from '../testing/transport-contract.ts';
import { LocalTransport } from './local.ts';
import type { RunRequest } from './transport.ts';

const host: HostEntry = { name: 'here', labels: {} };

/** One that has ended may still have its number. */
function isRunning(pid: string): boolean {
  try {
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
}

describe('the local transport', () => {
  const transport = new LocalTransport();
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'kexeckit-local-'));
  });
  afterAll(async () => {
    await transport.close();
    rmSync(folder, { recursive: true });
  });

  transportContract(() => ({ transport, host, folder }));

  const run = (argv: RunRequest['argv'], more: Partial<RunRequest> = {}) =>
    transport.run(host, { argv, limitMs: 60_000, maxBytes: 1 << 20, ...more });

  it('expands nothing', async () => {
    const { stdout } = await run(['printf', '%s', '$(id) * ~ ; reboot']);
    expect(Buffer.from(stdout).toString()).toBe('$(id) * ~ ; reboot');
  });

  it('tells a signal from an exit code', async () => {
    expect((await run(['sh', '-c', 'kill -9 $$'])).code).toBeUndefined();
    expect((await run(['sh', '-c', 'exit 255'])).code).toBe(255);
  });

  it('keeps the end of what is written as errors, and nothing that acts', async () => {
    const { stderr } = await run([
      'sh',
      '-c',
      "yes | head -c 100000 >&2; printf '\\033[31mred\\033[0m\\a\\nlast\\n' >&2",
    ]);
    expect(stderr.endsWith('\nred\nlast')).toBe(true);
    expect(stderr.length).toBeLessThanOrEqual(4096);
  });

  it('ends what takes too long, writes too much, or is given up', async () => {
    expect((await refusalOf(run(['sleep', '600'], { limitMs: 50 }))).code).toBe('ETIMEDOUT');
    expect((await refusalOf(run(['yes']))).code).toBe('EMSGSIZE');
    const stop = new AbortController();
    const given = run(['sleep', '600'], { signal: stop.signal });
    setTimeout(() => stop.abort(), 20);
    expect((await refusalOf(given)).code).toBe('ECANCELED');
  });

  it('ends what a script has started, too', async () => {
    const told = join(folder, 'pid');
    const inner = 'trap "" TERM; echo $$ >"$0"; while :; do sleep 1; done';
    const script = ['sh', '-c', `sh -c '${inner}' "$0"; :`, told] as const;
    expect((await refusalOf(run([...script], { limitMs: 1000 }))).code).toBe('ETIMEDOUT');
    const pid = readFileSync(told, 'utf8').trim();
    await vi.waitFor(() => expect(isRunning(pid)).toBe(false), { timeout: 10_000 });
  });

  it('takes the end of megabytes', async () => {
    const { stdout, code } = await run(['sh', '-c', 'yes | head -c 5000000; echo last'], {
      maxBytes: 100,
      keepsEnd: true,
    });
    expect([code, stdout.length, Buffer.from(stdout).toString().endsWith('last\n')]).toEqual([0, 100, true]);
  });

  it('waits for no pipe that somebody else holds', async () => {
    const { stdout, code } = await run(['sh', '-c', 'sleep 20 & echo done']);
    expect([code, Buffer.from(stdout).toString()]).toEqual([0, 'done\n']);
  });

  it('does not mind who reads nothing', async () => {
    expect((await run(['true'], { stdin: new Uint8Array(1 << 20) })).code).toBe(0);
  });

  it('ends what is under way when it is closed', async () => {
    const other = new LocalTransport();
    const left = other.run(host, { argv: ['sleep', '600'], limitMs: 60_000, maxBytes: 1 });
    const refused = refusalOf(left);
    await other.close();
    expect((await refused).code).toBe('ECANCELED');
  });
});
