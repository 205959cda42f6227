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

test.each<[string, string, RegExp]>([
  ['', 'ENOEXEC', /empty/],
  ['{"a": 1}', 'EINVAL', /./],
  ['00000000-00000000 : System RAM\n', 'EPERM', /./],
  ['00000000-00000fff : Reserved\n00100000-7fffffff : System RAM\nfec00000-fec003ff : IOAPIC 0\n', 'ENOEXEC', /x86/],
  ['40000000-400fffff : PCI Bus\n', 'EINVAL', /without System RAM/],
  ['Dear all,\nthis is a letter.\n', 'ENOEXEC', /no map, command line, plan, profile or kernel log/],
  ['\x7fELF', 'ENOEXEC', /./],
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
