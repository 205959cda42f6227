import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseDts, serializeFdt } from '@kexeckit/fdt';
import { generateWorkload, SimulatedMachine, stageReboot } from '@kexeckit/reboot';
import { makeUki } from '@kexeckit/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { orderView } from '../src/render/fleet/order.ts';
import { fleetPlanView } from '../src/render/fleet/plan.ts';
import { fleetReportView } from '../src/render/fleet/report.ts';
import { fleetStatusView, statusOrListView } from '../src/render/fleet/status.ts';
import { LongJson, plainJson } from '../src/render/json.ts';
import { loadedView } from '../src/render/loaded.ts';
import { rebootView } from '../src/render/reboot.ts';
import { slotsView, statusView } from '../src/render/slots.ts';
import { fleetDocument, fleetStatus } from './fleet-fixture.ts';
import { kexeckitHere, testFolder } from './kexeckit.ts';
import { assertPublished } from './published.ts';

const golden = join(import.meta.dirname, 'golden-json');
const folder = testFolder();

function file(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), content);
}

const fixture = (path: string, name: string): void =>
  copyFileSync(join(import.meta.dirname, '../../../packages', path), join(folder, name));

const made = generateWorkload(64 << 10, 64 << 10, 5);

/** An address space of 39 bits with a block of 2 MiB that the kernel executes, and a page of a device. */
function handMade({ writable }: { readonly writable: boolean }): Buffer {
  const tables = Buffer.alloc(3 * 4096);
  const entries = {
    8: 0x4800_1003n,
    4104: (writable ? 0x4020_0701n : 0x4020_0781n) | (1n << 54n),
    4112: 0x4800_2003n,
    8232: 0x60_0000_0900_0603n,
  };
  for (const [at, descriptor] of Object.entries(entries)) tables.writeBigUInt64LE(descriptor, Number(at));
  return tables;
}

const start = process.cwd();

beforeAll(async () => {
  fixture('ioport/fixtures/iomem/raspberrypi_4b_4g.txt', 'iomem.txt');
  fixture('fdt/fixtures/board.dtb', 'board.dtb');
  fixture('fdt/fixtures/board-v16.dtb', 'old.dtb');
  fixture('evidence/fixtures/debian-6.1-kexec-tools.txt', 'console.log');
  file('Image', made.kernel);
  file('initrd', made.initrd ?? new Uint8Array());
  file('linux.efi', makeUki({ '.linux': made.kernel, '.cmdline': Buffer.from('quiet\0') }));
  file('notes.txt', 'no kernel\n');
  file('fresh.dtbo', serializeFdt(parseDts('/dts-v1/; /plugin/; &{/chosen} { bootargs = "quiet"; };')));
  file('doubtful.dtb', serializeFdt(parseDts('/dts-v1/; / { memory { device_type = "memory"; reg = <0 0>; }; };')));
  file('tables.bin', handMade({ writable: false }));
  file('bad.bin', handMade({ writable: true }));
  file('root/proc/sys/kernel/kexec_load_disabled', '1\n');
  file('root/proc/sys/kernel/osrelease', '6.1.0-50-arm64\n');
  // What is printed names files as the command line does: no path of this machine is in it.
  process.chdir(folder);
  await kexeckitHere(['plan', ...FILES, '--save-plan', 'plan.json']);
  await kexeckitHere(['plan', ...FILES, '--append', 'quiet', '--save-plan', 'other.json']);
});

afterAll(() => process.chdir(start));

const FILES = ['--strategy', 'mmu-on', '--kernel', 'Image', '--initrd', 'initrd'];
const BY_HAND = ['--base', '0x48000000', '--va-bits', '39'];

/** Each with its exit code. */
const lines: Readonly<Record<string, readonly [code: number, ...args: string[]]>> = {
  reboot: [0, 'reboot', ...FILES],
  'reboot-generations': [0, 'reboot', '--kernel', 'Image', '--strategy', 'reserved', '--generations', '2'],
  run: [0, 'run', 'plan.json', '--kernel', 'Image', '--initrd', 'initrd'],
  plan: [0, 'plan', ...FILES],
  prove: [0, 'prove', 'plan.json', '--kernel', 'Image', '--initrd', 'initrd'],
  diff: [1, 'diff', 'plan.json', 'other.json'],
  compare: [0, 'compare', '--iomem', 'iomem.txt', '--reserve', '4G', '--kernel', 'Image'],
  doctor: [1, 'doctor', '--root', 'root'],
  timeline: [0, 'timeline', 'console.log'],
  'timeline-last': [2, 'timeline', '--last', '--root', 'root'],
  'timeline-fit': [0, 'timeline', '--fit'],
  explain: [1, 'explain', 'ro crashkernel=2G-4G:256M,4G-:512MB', '--iomem', 'iomem.txt', '--kernel', '6.12.0'],
  memory: [0, 'memory', 'iomem.txt', '--fits', '64M'],
  estimate: [0, 'estimate', '--kernel', 'Image', '--initrd', 'initrd', '--iomem', 'iomem.txt', '--release', '6.12.0'],
  image: [1, 'image', 'linux.efi', 'Image', 'initrd', 'board.dtb', 'notes.txt'],
  'dtb-show': [0, 'dtb', 'show', 'board.dtb', '/chosen'],
  'dtb-get': [0, 'dtb', 'get', 'board.dtb', '/chosen', 'bootargs'],
  'dtb-get-node': [0, 'dtb', 'get', 'board.dtb', '/chosen'],
  'dtb-set': [0, 'dtb', 'set', 'board.dtb', '/chosen', 'bootargs', '"quiet"', '--output', 'set.dtb'],
  'dtb-delete': [0, 'dtb', 'delete', 'board.dtb', '/chosen', '--output', 'deleted.dtb'],
  'dtb-overlay': [0, 'dtb', 'overlay', 'board.dtb', 'fresh.dtbo', '--output', 'applied.dtb'],
  'dtb-diff': [1, 'dtb', 'diff', 'board.dtb', 'doubtful.dtb'],
  'dtb-check': [1, 'dtb', 'check', 'board.dtb', 'doubtful.dtb', 'notes.txt'],
  disasm: [0, 'disasm', '--words', '58000040', 'd61f0000', '00000000', '14000000'],
  'tables-build': [0, 'tables', 'build', '0x40200000:0x40200000:2M:rx', '--output', 'built.bin'],
  'tables-walk': [1, 'tables', 'walk', 'tables.bin', '0x40201234', '0x0', ...BY_HAND],
  'tables-list': [0, 'tables', 'list', 'tables.bin', ...BY_HAND],
  'tables-check': [1, 'tables', 'check', 'bad.bin', '--iomem', 'iomem.txt', ...BY_HAND],
  'tables-decode': [0, 'tables', 'decode', '0x40200781', '--level', '2'],
  'error-usage': [2, 'reboot', '--strategy', 'mmuon'],
  'error-failed': [1, 'prove', 'plan.json', '--kernel', 'Image'],
};

describe('what is printed as JSON is what it was', () => {
  test.each(Object.entries(lines))('%s', async (name, [expected, ...args]) => {
    const { code, out } = await kexeckitHere([...args, '--json']);
    await expect(out).toMatchFileSnapshot(join(golden, `${name}.json`));
    expect(code).toBe(expected);
  });
});

test.each(['bash', 'zsh', 'fish'])('the script for %s is the one that is printed without --json', async (shell) => {
  const { out } = await kexeckitHere(['completion', shell, '--json']);
  const { out: script } = await kexeckitHere(['completion', shell]);
  expect(JSON.parse(out)).toEqual({ shell, script });
});

describe('what only a host prints', () => {
  /** A plan that was staged on the simulated machine. */
  const staged = async () =>
    await stageReboot(
      new SimulatedMachine(),
      { ...made, cmdline: 'quiet', strategy: 'mmu-on', seed: 1 },
      { rehearse: false },
    );
  const byFiles = { kind: 'by files', why: undefined, kernel: 'Image', initrd: 'initrd', cmdline: 'quiet' } as const;

  async function expectGolden(name: string, command: string, value: unknown): Promise<void> {
    const out = plainJson(value);
    assertPublished([command, '--json'], out, 0);
    await expect(out).toMatchFileSnapshot(join(golden, `${name}.json`));
  }

  test('load', async () => {
    const { plan, proof, rehearsal } = await staged();
    const loaded = { kind: 'plan', plan, proof, rehearsal, forPanic: 'what it did before' } as const;
    await expectGolden('load', 'load', loadedView.json(loaded));
    await expectGolden('load-by-files', 'load', loadedView.json(byFiles));
  });

  test('load, with how it was rehearsed', async () => {
    const { plan, proof } = await staged();
    const figures = [{ name: 'instructions retired', value: 1, unit: 'instructions' }] as const;
    const rehearsal = { runs: [{ configuration: 'plain', seconds: 0.5, figures }], seconds: 0.5 };
    const loaded = { kind: 'plan', plan, proof, rehearsal, forPanic: undefined } as const;
    assertPublished(['load', '--json'], plainJson(loadedView.json(loaded)), 0);
  });

  test('reboot, which nobody survives', async () => {
    const { plan, proof, rehearsal } = await staged();
    const ending = { kind: 'departure', reportedBy: 'next boot' } as const;
    const departed = [{ plan, proof, rehearsal, ending }];
    const told = rebootView.json({ reports: [], departed, byFiles, inARow: false, notes: false });
    await expectGolden('reboot-departed', 'reboot', told);
    expect(told).toMatchObject({ totals: { reboots: 2, arrived: 0, seconds: null } });
  });

  test('status, exec, unload', async () => {
    const slots = { next: true, crash: false, crashSize: 256n << 20n };
    const id = { pid: 321, started: 9000, boot: '4ae1', namespace: 'pid:[4026531836]' };
    const holder = { ...id, strategy: 'mmu-on', isAlive: true, isWhole: true };
    await expectGolden('status', 'status', statusView.json({ ...slots, holder }));
    await expectGolden('exec', 'exec', slotsView.json(slots));
    await expectGolden('unload', 'unload', slotsView.json({ next: undefined, crash: undefined, crashSize: undefined }));
  });
});

describe('what only a fleet prints', () => {
  async function expectGolden(name: string, value: unknown): Promise<void> {
    const out = value instanceof LongJson ? [...value.pieces].map(({ text }) => text).join('') : plainJson(value);
    assertPublished([...name.split('-').slice(0, 2), '--json'], out, 0);
    await expect(out).toMatchFileSnapshot(join(golden, `${name}.json`));
  }

  test('plan', () =>
    expectGolden(
      'fleet-plan',
      fleetPlanView.json({ document: fleetDocument, written: { file: 'rollout.json', bytes: 2048 } }),
    ));

  test('run and status', async () => {
    await expectGolden('fleet-run', fleetStatusView.json(fleetStatus));
    await expectGolden('fleet-status', statusOrListView.json({ kind: 'one', status: fleetStatus }));
    const ended = { id: 'r6', state: 'stopped', why: 'enough', ordered: 1_893_967_200_000 } as const;
    const rollouts = [ended, { id: 'r7', state: 'running', ordered: 1_893_970_800_000 } as const];
    await expectGolden('fleet-status-list', statusOrListView.json({ kind: 'all', rollouts }));
  });

  test('orders', async () => {
    const rollout = 'r7';
    await expectGolden('fleet-pause', orderView.json({ rollout, order: 'pause', why: 'an incident' }));
    await expectGolden('fleet-resume', orderView.json({ rollout, order: 'resume', failureBudget: 5 }));
    await expectGolden('fleet-abort', orderView.json({ rollout, order: 'abort', why: 'aborted by hand' }));
    await expectGolden('fleet-bypass', orderView.json({ rollout, order: 'bypass', host: 'web-3' }));
  });

  test('report', () =>
    expectGolden(
      'fleet-report',
      fleetReportView.json({
        status: fleetStatus,
        document: fleetDocument,
        html: { file: 'r7.html', bytes: 9000 },
        prometheus: undefined,
      }),
    ));
});

test('every schema has an example, but for what is tested elsewhere', () => {
  const fleet = ['plan', 'run', 'status', 'pause', 'resume', 'abort', 'bypass', 'report'].map(
    (verb) => `fleet-${verb}`,
  );
  const shown = [...Object.keys(lines), 'load', 'status', 'exec', 'unload', ...fleet];
  const published = readdirSync(join(import.meta.dirname, '../schema')).map((name) => name.replace('.json', ''));
  const without = published.filter((name) => !shown.some((each) => each === name || each.startsWith(`${name}-`)));
  // A script for a shell is long; the page, a worker and a farm are called otherwise at each start.
  expect(without).toEqual(['completion', 'fleet-farm', 'fleet-worker', 'lab']);
});
