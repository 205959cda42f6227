import { stripVTControlCharacters } from 'node:util';
import type { HookCommand, HostEntry } from '@kexeckit/rollout';
import { FleetError } from '../error.ts';
import type { Transport } from '../transport/transport.ts';

/** Runs a hook for a host, to its end, and says what it printed: lines without control characters. */
export type RunHook = (hook: HookCommand, host: HostEntry, signal?: AbortSignal) => Promise<string>;

/** Bytes of a hook's output that are looked at, the last ones: what it writes is for people. */
const OUTPUT_MAX = 64 * 1024;

/** The hooks of a rollout: on the host by its own transport, on the worker by `local`. */
export function hooksOf(rollout: string, transportFor: (host: HostEntry) => Transport, local: Transport): RunHook {
  return async (hook, host, signal) => {
    const [program, ...rest] = hook.argv.map((part) => filled(part, host));
    if (program === undefined)
      throw new FleetError('EINVAL', 'a hook has no program', 'Give argv with a program first');
    const own = ['env', `KEXECKIT_HOST=${host.name}`, `KEXECKIT_ROLLOUT=${rollout}`, program, ...rest] as const;
    const isOnHost = hook.on === 'host';
    const { code, stdout, stderr } = await (isOnHost ? transportFor(host) : local).run(host, {
      argv: isOnHost ? [program, ...rest] : own,
      limitMs: hook.limitMs,
      maxBytes: OUTPUT_MAX,
      keepsEnd: true,
      ...(signal === undefined ? {} : { signal }),
    });
    if (code !== 0) throw failed(hook, host, code, stderr);
    return printable(stdout);
  };
}

/** What a terminal would not take for more than text. */
const printable = (bytes: Uint8Array): string =>
  stripVTControlCharacters(Buffer.from(bytes).toString('utf8'))
    .replaceAll(/[^\P{C}\n\t]/gu, '')
    .trimEnd();

const filled = (part: string, host: HostEntry): string =>
  part.replaceAll(/\{(host|address)\}/g, (_, name) => (name === 'host' ? host.name : (host.address ?? host.name)));

function failed(hook: HookCommand, host: HostEntry, code: number | undefined, stderr: string): FleetError {
  const end = code === undefined ? 'was ended by a signal' : `ended with ${code}`;
  const said = stderr.trim().split('\n').at(-1) ?? '';
  return new FleetError(
    'EIO',
    `${hook.argv[0]} ${end}${said === '' ? '' : `: ${said}`}`,
    `Run it by hand for ${host.name}, or change it in the policy`,
    { host: host.name },
  );
}
