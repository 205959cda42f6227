import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Entry, guestRoot, imageOf, initramfs, runGuest, type Step, whyNoGuest } from '@kexeckit/guests';
import { expect, test } from 'vitest';
import { options } from '../../src/kexec/options.ts';
import { parseArguments } from '../../src/kexec/parse.ts';
import { outcomeOf } from '../../src/kexec/state.ts';
import { noKernels, refusedLines, verbLines } from '../kexec-lines.ts';

const MINUTES = 60_000;
const host = {
  kernel: '6.1',
  firmware: 'dt',
  level: 'EL1',
  has: ['kexeckit', 'kexec-tools', 'kdump-tools'],
} as const;

/** Debian's program, and ours in its place. */
const [THEIRS, OURS] = ['/theirs', '/sbin/kexec'];
const INSTALL = `mv /sbin/kexec ${THEIRS} && ln -s /bin/kexeckit ${OURS}`;
const LOADED = 'cat /sys/kernel/kexec_loaded /sys/kernel/kexec_crash_loaded | tr "\\n" " "';
const FILES = '--initrd=/boot/initrd --append=console=ttyAMA0 /boot/Image';
/** Of what is said, what can be compared. */
const quietly = (line: string): string =>
  `${line} 2>/said; status=$?; grep -E "^(nr_segments|segment|dtb:|kexec)" /said; (exit $status)`;

/** The lines for kdump as the documentation shows them, with what this guest boots; and what is loaded is told. */
const KDUMP = `${readFileSync(join(import.meta.dirname, '../../../../examples/kdump-tools/kdump-tools'), 'utf8')}
KDUMP_KERNEL=/boot/Image
KDUMP_INITRD=/boot/initrd
KDUMP_CMDLINE=console=ttyAMA0
KDUMP_KEXEC_ARGS="$KDUMP_KEXEC_ARGS -d"
`;

const refusals = refusedLines.map(({ args }) => `${THEIRS} ${args.replaceAll('{}', '/boot')} >/dev/null 2>&1; echo $?`);
const verbs = verbLines.map(
  (args) => `${THEIRS} -u; ${THEIRS} -p -u; ${THEIRS} -ic ${args} /boot/Image >/dev/null 2>&1; echo $? $(${LOADED})`,
);

const steps = {
  install: INSTALL,
  refusals: refusals.join('\n'),
  verbs: verbs.join('\n'),
  empty: `${THEIRS} -u; ${THEIRS} -p -u; ${LOADED}`,
  nothing: `${OURS} -e -x -y`,
  theirLoad: quietly(`${THEIRS} -d -c ${FILES} --serial=ttyAMA0`),
  ourLoad: quietly(`${OURS} -dic ${FILES} --ser ttyAMA0`),
  ourStatus: `${OURS} -lS; echo $?; ${THEIRS} -lS; echo $?; ${LOADED}`,
  theirPanic: quietly(`${THEIRS} -d -c -p ${FILES}`),
  kdump: `${THEIRS} -p -u; kdump-config load 2>&1`,
  kdumpLoaded: LOADED,
  ourPanicStatus: `${OURS} --stat; echo $?; ${THEIRS} -S; echo $?`,
  size: `${OURS} --print; ${THEIRS} --print-ckr-size`,
  kdumpUnload: `kdump-config unload 2>&1; ${LOADED}`,
  ourUnload: `${OURS} --unload; ${LOADED}`,
};
type Said = Readonly<Record<keyof typeof steps, Step>>;

function saidOf(run: readonly Step[]): Said {
  const names: readonly string[] = Object.keys(steps);
  const of = (name: keyof typeof steps): Step => run[names.indexOf(name)] ?? { status: undefined, output: '' };
  return {
    ...{
      install: of('install'),
      refusals: of('refusals'),
      verbs: of('verbs'),
      empty: of('empty'),
      nothing: of('nothing'),
    },
    ...{ theirLoad: of('theirLoad'), ourLoad: of('ourLoad'), ourStatus: of('ourStatus'), theirPanic: of('theirPanic') },
    ...{ kdump: of('kdump'), kdumpLoaded: of('kdumpLoaded'), ourPanicStatus: of('ourPanicStatus') },
    size: of('size'),
    ...{ kdumpUnload: of('kdumpUnload'), ourUnload: of('ourUnload') },
  };
}

async function files(): Promise<Entry[]> {
  const initrd = initramfs(guestRoot([], [['true']]), 1);
  return [
    { kind: 'copy', path: 'boot/Image', from: imageOf(host.kernel) },
    { kind: 'file', path: 'boot/initrd', content: initrd },
    { kind: 'folder', path: 'boot/folder' },
    { kind: 'file', path: 'sbin/shutdown', content: '#!/bin/sh\necho shutdown "$@"\n', mode: 0o755 },
    ...Object.entries(noKernels).map(([name, content]): Entry => ({ kind: 'file', path: `boot/${name}`, content })),
    { kind: 'file', path: 'etc/default/kdump-tools', content: KDUMP },
  ];
}

/** A segment as -d lists it. */
interface Listed {
  readonly mem: bigint;
  readonly memsz: bigint;
  readonly bufsz: bigint;
}

function listed({ output }: Step): Listed[] {
  const value = (at: number, name: string): bigint =>
    BigInt(new RegExp(`^segment\\[${at}\\]\\.${name} *= (0x[0-9a-f]+)$`, 'm').exec(output)?.[1] ?? -1);
  const count = Number(/^nr_segments = (\d+)$/m.exec(output)?.[1]);
  return Array.from({ length: count }, (_, at) => ({
    mem: value(at, 'mem'),
    memsz: value(at, 'memsz'),
    bufsz: value(at, 'bufsz'),
  }));
}

const MIB2 = 2n << 20n;

test("beside Debian's kexec", { timeout: 16 * MINUTES }, async ({ skip, signal }) => {
  const why = whyNoGuest(host);
  if (why !== undefined) skip(why);
  const { console, stages } = await runGuest({
    ...host,
    cmdline: 'crashkernel=192M',
    memory: 1024,
    stages: [Object.values(steps)],
    entries: await files(),
    deadlineMs: 15 * MINUTES,
    signal,
  });
  const said = saidOf(stages[0] ?? []);
  expect(said.ourUnload.status, console.slice(-3000)).toBe(0);
  compareRefusals(said);
  compareVerbs(said);
  compareLoads(said);
  comparePanics(said);
});

/** What we refuse, as test/kexec.test.ts sees it, they refuse, too. */
function compareRefusals({ refusals: { output } }: Said): void {
  const codes = output.trim().split('\n').map(Number);
  expect(codes).toHaveLength(refusedLines.length);
  expect(refusedLines.filter((_, at) => codes[at] === 0).map(({ args }) => args)).toEqual([]);
}

/** What is loaded behind several verbs is what our own state says. */
function compareVerbs({ verbs: { output }, empty }: Said): void {
  const expected = verbLines.map((args) => {
    const outcome = outcomeOf(parseArguments(args.split(' '), options).found);
    if (outcome.kind !== 'does') return `${args}: ${outcome.kind}`;
    const { load, panic } = outcome.wanted;
    return `${args}: 0 ${Number(load && !panic)} ${Number(load && panic)}`;
  });
  const seen = output
    .trim()
    .split('\n')
    .map((line, at) => `${verbLines[at]}: ${line.trim()}`);
  expect(seen).toEqual(expected);
  expect(empty.output).toBe('0 0 ');
}

/** The kernel and its initramfs stand where theirs do; the tree, and what runs in between, where the README says. */
function compareLoads({ nothing, theirLoad, ourLoad, ourStatus }: Said): void {
  expect(nothing).toMatchObject({ status: 1, output: expect.stringContaining('Nothing has been loaded') });
  expect([theirLoad.status, ourLoad.status], ourLoad.output).toEqual([0, 0]);
  for (const { output } of [theirLoad, ourLoad]) expect(output).toMatch(/^shutdown -r now$/m);
  const [theirs, ours] = [listed(theirLoad), listed(ourLoad)];
  expect(ours).toHaveLength(theirs.length);
  expect(ours.slice(0, 2)).toEqual(theirs.slice(0, 2));
  expect(ours[0]?.bufsz).toBe(BigInt(statSync(imageOf(host.kernel)).size));
  const above = (ours[1]?.mem ?? 0n) + (ours[1]?.memsz ?? 0n);
  const tree = theirs[2]?.mem ?? 0n;
  expect(tree).toBeGreaterThanOrEqual(above);
  expect(ours[2]?.mem).toBe((above + MIB2 - 1n) & -MIB2);
  expect(ours[3]?.mem).toBeGreaterThan(ours[2]?.mem ?? 0n);
  expect(ourStatus.output).toBe('1\n1\n1 0 ');
}

/** By kdump-config, which runs our command: as many segments of the same sizes, and all of them in the region. */
function comparePanics(said: Said): void {
  const { theirPanic, kdump, kdumpLoaded, ourPanicStatus, size, kdumpUnload, ourUnload } = said;
  expect(size.output).toBe(`${192 << 20}\n${192 << 20}\n`);
  expect([theirPanic.status, kdump.status], kdump.output).toEqual([0, 0]);
  const [theirs, ours] = [listed(theirPanic), listed(kdump)];
  expect(ours).toHaveLength(theirs.length);
  const sizes = (segments: readonly Listed[]): bigint[] => segments.map(({ bufsz }) => bufsz);
  const big = (sizes: readonly bigint[]): bigint[] => sizes.filter((size) => size > 100_000n);
  expect(big(sizes(ours))).toEqual(big(sizes(theirs)));
  const [start, end] = [theirs, ours]
    .flat()
    .reduce<[bigint, bigint]>(
      ([low, high], { mem, memsz }) => [mem < low ? mem : low, mem + memsz > high ? mem + memsz : high],
      [2n ** 64n, 0n],
    );
  expect(end - start).toBeLessThanOrEqual(192n << 20n);
  expect(ours[0]).toEqual(theirs.find(({ bufsz }) => bufsz === ours[0]?.bufsz));
  expect([kdumpLoaded.output, ourPanicStatus.output]).toEqual(['1 1 ', '1\n1\n']);
  expect([kdumpUnload.output.split('\n').at(-1), ourUnload.output]).toEqual(['1 0 ', '0 0 ']);
}
