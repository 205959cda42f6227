import { betweenSystemCalls, type Equipment } from '@kexeckit/guests';

/** A way to load the next kernel and to reboot into it, as people type it. */
export interface Way {
  readonly name: string;
  readonly has: readonly Equipment[];
  /** What the first kernel is told; a crash region by default, as kdump would have it. */
  readonly cmdline?: string;
  readonly load: string;
  readonly exec: string;
  readonly unload: string;
  /** What the load says of the image that is moved at the reboot: the bytes of its segments. */
  readonly relocated: (said: string) => number;
  /** What it says of where the next kernel is entered, in hexadecimal. */
  readonly entry: RegExp;
}

const CMDLINE = 'console=ttyAMA0 earlycon guest_stage=2';

/** kexec-tools' -d lists the segments of the one image that it loads. */
function listed(said: string): number {
  return [...said.matchAll(/segment\[\d+\]\.memsz\s*=\s*(0x[0-9a-f]+)/g)].reduce(
    (sum, [, size]) => sum + Number(size),
    0,
  );
}

/** What {@link TELL} says of a normal kexec_load. */
function told(said: string): number {
  return Number(/^RELOCATED (\d+)$/m.exec(said)?.[1] ?? Number.NaN);
}

/** Where the next kernel is entered, as the saved plan says. */
const ENTRY = `node -p "'ENTRY ' + BigInt(JSON.parse(fs.readFileSync('/plan')).stage.placement.entry).toString(16)"`;

/** Says what the command, or the process that holds pages for it, hands to the kernel: in the very call, before the call. */
export const TELL = betweenSystemCalls(`(view, call, number, args) => {
  if (number !== 104 || args[1] === 0n) return call(number, ...args);
  const table = new DataView(view(args[2], Number(args[1]) * 32));
  if ((args[3] & 1n) === 0n) {
    let bytes = 0n;
    for (let at = 24; at < table.byteLength; at += 32) bytes += table.getBigUint64(at, true);
    require('node:fs').appendFileSync('/told', 'RELOCATED ' + bytes + '\\n');
  }
  return call(number, ...args);
}`);

const kexecTools = (name: string, option: string): Way => ({
  name,
  has: ['kexec-tools'],
  load: `kexec -c -d ${option} -l /boot/Image --initrd=/boot/initrd --command-line="${CMDLINE}" 2>&1`,
  exec: 'kexec -e',
  unload: 'kexec -u',
  relocated: listed,
  entry: /segment\[0\]\.mem\s*=\s*0x([0-9a-f]+)/,
});

const ours = (strategy: string, option = '', cmdline?: string): Way => ({
  name: `kexeckit, ${strategy}`,
  has: ['kexeckit'],
  ...(cmdline && { cmdline }),
  load:
    `NODE_OPTIONS='--require /tell.cjs' kexeckit load --strategy ${strategy} ${option} --rehearse no --save-plan /plan ` +
    `--kernel /boot/Image --initrd /boot/initrd --append "${CMDLINE}"; cat /told; ${ENTRY}`,
  exec: 'kexeckit exec',
  unload: 'kexeckit unload',
  relocated: told,
  entry: /^ENTRY ([0-9a-f]+)$/m,
});

/** Debian's program with and without its checksum, and ours, which always verifies here. */
export const ways: readonly Way[] = [
  kexecTools('kexec-tools', ''),
  kexecTools('kexec-tools -i', '-i'),
  ours('kernel'),
  ours('mmu-on'),
  ours('crash-region', '--no-capture-kernel'),
  ours('reserved', '', 'mem=1G'),
];
