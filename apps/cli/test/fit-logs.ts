import { formatRun, linuxCounts, type Prices, type ProtocolStep, price, protocol } from '@kexeckit/cost';

/** A machine that is four times as slow as the Stingray. */
export const truth: Prices = {
  perShutdown: 0.05,
  perRelocation: 0.04,
  perInstruction: 0.25e-9,
  perUncachedAccess: 60e-9,
  perLine: 30e-9,
  perTableWalk: 400e-9,
  perChecksum: 0.5,
  perUncachedDigestByte: 200e-9,
  perStartup: 1.2,
};

/** What it counts in a reboot of this step. */
export const countsOf = ({ megabytes, mmu, pages, checks }: ProtocolStep) => ({
  ...linuxCounts(megabytes, mmu, pages),
  ...(checks === 'purgatory' && { checksums: 1, uncachedDigestBytes: megabytes * 2 ** 20 }),
});

/** A line as a serial logger writes it: seconds of its clock and of the kernel's. */
const line = (logger: number, printk: number, text: string): string =>
  `[2026-11-28 14:46:${(logger % 60).toFixed(3).padStart(6, '0')}] [${printk.toFixed(6).padStart(12)}] ${text}\n`;

/** The log of a reboot that took what the truth says, but for this factor. */
export function logOf(said: string | undefined, seconds: number, off = 1): string {
  const [shutdown, startup] = [(truth.perShutdown ?? 0) * off, (truth.perStartup ?? 0) * off];
  const bye = 2 + shutdown;
  const next = bye + seconds * off;
  return [
    line(0, 0, 'Booting Linux on physical CPU 0x0000000000 [0x410fd083]'),
    line(1, 1, 'Run /init as init process'),
    ...(said === undefined ? [] : [line(1.9, 1.9, said)]),
    line(2, 2, 'systemd-shutdown[1]: Rebooting with kexec.'),
    line(2, 2, 'kexec_core: Starting new kernel'),
    line(bye, bye, 'Bye!'),
    line(next, 0, 'Booting Linux on physical CPU 0x0000000000 [0x410fd083]'),
    line(next + startup, startup, 'Run /init as init process'),
  ].join('');
}

/** The whole protocol, each step twice and a little apart: names and texts of logs. */
export const protocolLogs = (): (readonly [name: string, text: string])[] =>
  [0.98, 1.02].flatMap((off, round) =>
    protocol.map(
      (step, at) => [`${round}-${at}.log`, logOf(formatRun(step), price(countsOf(step), truth), off)] as const,
    ),
  );
