import { readFileSync } from 'node:fs';
import { formatProfile, stingray } from '@kexeckit/cost';
import { parseDts, serializeFdt } from '@kexeckit/fdt';
import { generateWorkload, planReboot, SimulatedMachine, savePlan } from '@kexeckit/reboot';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { boardNames } from './boards.ts';
import { recognise } from './recognise.ts';

const workload = generateWorkload(200_000, 100_000, 3);
const textFile = (text: string) => ({ name: 'a file', bytes: new TextEncoder().encode(text) });
const mapOf = (board: string): string => readFileSync(new URL(`./boards/${board}.txt`, import.meta.url), 'utf8');

test.each(boardNames)('the map of %s is one', async (board) => {
  const found = await recognise(textFile(mapOf(board)));
  expect(found).toMatchObject({ place: 'map', note: expect.stringMatching(/^a memory map with .* of System RAM/) });
});

test('files of a reboot come to their places', async () => {
  const tree = serializeFdt(parseDts('/dts-v1/; / { model = "board"; };'));
  const places = [workload.kernel, workload.initrd, tree].map(
    async (bytes) => (await recognise({ name: 'x', bytes })).place,
  );
  expect(await Promise.all(places)).toEqual(['kernel', 'initrd', 'dtb']);
});

test('texts come to their places', async () => {
  const { plan } = await planReboot(
    { ...workload, cmdline: '', strategy: 'mmu-on', seed: 1 },
    await new SimulatedMachine().describe(),
  );
  const log = '[    0.000000] Booting Linux on physical CPU 0x0\n';
  const texts = [savePlan(plan), formatProfile(stingray), log, 'console=ttyS0 crashkernel=256M\n'];
  const found = await Promise.all(texts.map((text) => recognise(textFile(text))));
  expect(found.map(({ place }) => place)).toEqual(['plan', 'profile', 'log', 'cmdline']);
  expect(found[3]).toMatchObject({ text: 'console=ttyS0 crashkernel=256M' });
});

test('what dmesg -t prints is a log, also where its first lines are lost', async () => {
  const path = new URL('../../../../packages/ioport/fixtures/linux-7.3-boots.jsonl', import.meta.url);
  const [line = ''] = readFileSync(path, 'utf8').split('\n');
  const { dmesg }: { readonly dmesg: readonly string[] } = JSON.parse(line);
  const bare = dmesg.map((each) => each.replace(/^\[[ \d.]+\] /, ''));
  const late = bare
    .slice(bare.findIndex((each) => /^Booting Linux/.test(each)) + 1)
    .filter((each) => !/^Linux version/.test(each));
  expect(late.length).toBeGreaterThan(3);
  const found = await recognise(textFile(late.join('\n')));
  expect(found).toMatchObject({ place: 'log', note: expect.stringMatching(/memory/) });
});

const kernel = (at: number, said: string): string => `[${at.toFixed(6).padStart(12)}] ${said}`;

test.each<[string, string]>([
  ['dmesg whose first lines are lost', `${kernel(100, 'usb 1-1: new device')}\n${kernel(101, 'eth0: link up')}\n`],
  ['dmesg -T', '[Sat Nov 28 10:00:00 2026] usb 1-1: new device\n[Sat Nov 28 10:00:01 2026] eth0: link up\n'],
  ['the journal', 'Nov 28 10:00:00 host kernel: usb 1-1: new device\nNov 28 10:00:01 host kernel: eth0: link up\n'],
  ['the journal with times of the kernel', '[  100.000000] host kernel: usb 1-1: new device\n'],
  ['a console', '\r\n\x1b[0m\x1b[2J[    0.000000] Booting Linux on physical CPU 0x0\r\r\n\0\0'],
  ['a console behind noise', `\u00ff\u0001${kernel(0, 'Booting Linux on physical CPU 0x0')}\n${kernel(1, 'x')}\n`],
  ['a long one, of which the beginning says it', `${kernel(1, 'x')}\n${'y\n'.repeat(300_000)}`],
  ['a long one, of which the end says it', `${'y\n'.repeat(300_000)}${kernel(1, 'x')}\n`],
])('%s is a log, and lies there as it is', async (_, text) => {
  const found = await recognise(textFile(text));
  expect(found).toMatchObject({ place: 'log', note: expect.stringMatching(/^a log of /) });
  expect(found.place === 'log' && (await found.item.logs[0]?.file.text())).toBe(text);
});

test('a log in UTF-16 lies there as UTF-8', async () => {
  const text = kernel(1, 'x');
  const half = [...text].flatMap((sign) => [sign.charCodeAt(0), 0]);
  const other = [...text].flatMap((sign) => [0, sign.charCodeAt(0)]);
  for (const all of [[0xff, 0xfe, ...half], half, other]) {
    const found = await recognise({ name: 'log', bytes: Uint8Array.from(all) });
    expect(found.place === 'log' && (await found.item.logs[0]?.file.text())).toBe(text);
  }
});

test.each<[string, string, RegExp]>([
  ['[Nov28 10:00] usb 1-1: x\n[  +0.000012] eth0: y\n', 'ENOTSUP', /without -e, -H/],
  ['', 'ENOEXEC', /empty/],
  ['{"a": 1}', 'EINVAL', /./],
  ['00000000-00000000 : System RAM\n', 'EPERM', /./],
  ['00000000-00000fff : Reserved\n00100000-7fffffff : System RAM\nfec00000-fec003ff : IOAPIC 0\n', 'ENOEXEC', /x86/],
  ['40000000-400fffff : PCI Bus\n', 'EINVAL', /without System RAM/],
  ['Dear all,\nthis is a letter.\n', 'ENOEXEC', /no map, command line, plan, profile or kernel log/],
  ['\x7fELF', 'ENOEXEC', /./],
  // Half of a kernel, in which there is what a kernel says.
  ['\x7fELF\x02\x01\x01\0\0\x03\x04\x05\x06\nLinux version 6.1\n\x01\x02\x03', 'ENOEXEC', /./],
  // What would take the place of a command line that was typed.
  [' \n\t\n', 'ENOEXEC', /nothing but blanks/],
  ['console=\uFFFD', 'ENOEXEC', /not UTF-8/],
  ['{"format":"kexeckit-rollout-status/1","id":"x"}', 'ENOEXEC', /open it on the page Fleet/],
])('%j is none: %s', async (text, code, note) => {
  const found = await recognise(textFile(text));
  expect(found).toMatchObject({ place: undefined, name: 'a file', code, note: expect.stringMatching(note) });
});

test.each(['utf-16le', 'utf-16be'] as const)('texts in %s come to their places', async (encoding) => {
  const text = `\uFEFF${mapOf('raspberrypi_4b_4g')}`;
  const bytes = new Uint8Array(2 * text.length);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < text.length; at++) view.setUint16(2 * at, text.charCodeAt(at), encoding === 'utf-16le');
  const plain = await recognise(textFile(mapOf('raspberrypi_4b_4g')));
  expect(await recognise({ name: 'a file', bytes })).toEqual(plain);
});

test('blank lines without end are read in a moment', async () => {
  // Twenty times the lines take twenty times as long, not four hundred times: the test would not end.
  for (const blank of ['\n', '    \n', '\r\n', '\t'])
    expect(await recognise(textFile(`x${blank.repeat(1_000_000)}x\ny`))).toMatchObject({ code: 'ENOEXEC' });
}, 60_000);

test('any bytes, and any damage, are answered', async () => {
  const whole = [
    workload.kernel.subarray(0, 5000),
    workload.initrd.subarray(0, 5000),
    textFile(mapOf(boardNames[0] ?? '')).bytes,
  ];
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...whole), fc.nat(), fc.uint8Array({ maxLength: 40 }), async (base, at, bytes) => {
      const damaged = base.slice();
      damaged.set(bytes.subarray(0, damaged.length), at % Math.max(1, damaged.length - bytes.length));
      const found = await recognise({ name: 'x', bytes: damaged });
      expect(found.note).not.toBe('');
    }),
    { numRuns: 60 },
  );
});
