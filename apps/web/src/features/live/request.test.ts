import { expect, test } from 'vitest';
import { defaultWishes, readWishes, type Wishes } from '../../desk/wishes.ts';
import { firstTexts, type MachineWishes, readMachine, requestBody } from './request.ts';

const limits = { memoryMib: { least: 256, most: 4096 }, cpus: 8 };

function known<T>(value: T | undefined): T {
  if (value === undefined) throw new TypeError('it was refused');
  return value;
}
const machine: MachineWishes = known(readMachine(firstTexts, limits).wishes);
const wishes: Wishes = known(readWishes({ ...defaultWishes, reserve: '64M' }).wishes);

test('reads what was typed', () => {
  expect(machine).toEqual({ memoryMib: 2048, cpus: 2, cmdline: 'console=ttyAMA0', keep: true, takesTree: false });
});

test.each([
  ['memory', '255', /256 to 4096/],
  ['memory', '1e3', /whole number/],
  ['cpus', '0', /1 to 8/],
  ['cpus', '', /whole number/],
  ['cmdline', 'a\tb', /control/],
  ['cmdline', 'a'.repeat(2048), /2047/],
] as const)('refuses %s %s beside its field', (name, value, why) => {
  const { wishes: read, complaints } = readMachine({ ...firstTexts, [name]: value }, limits);
  expect(read).toBeUndefined();
  expect(complaints).toEqual({ [name]: expect.stringMatching(why) });
});

/** The head and the bytes behind it. */
async function taken(body: Blob): Promise<{ head: { wishes: object; files: object }; rest: number[] }> {
  const bytes = new Uint8Array(await body.arrayBuffer());
  const length = new DataView(bytes.buffer).getUint32(0);
  const head = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  return { head, rest: [...bytes.subarray(4 + length)] };
}

test('a request is its head, told by its length, and the files one behind the other', async () => {
  const files = { kernel: Uint8Array.of(1, 2), initrd: Uint8Array.of(3), dtb: Uint8Array.of(4, 5, 6) };
  const asked = { wishes, machine, files, hasRegion: () => true, isGenerated: false };
  const { head, rest } = await taken(requestBody(asked));
  expect(rest).toEqual([1, 2, 3, 4, 5, 6]);
  expect(head.files).toEqual({ kernel: 2, initrd: 1, dtb: 3 });
  expect(head.wishes).toMatchObject({ memoryMib: 2048, reserve: '64M', until: 'mark', cmdline: 'console=ttyAMA0' });
});

test('a generated kernel goes up to the jump; a region is asked for only where there is one', async () => {
  const files = { kernel: Uint8Array.of(1) };
  const { head } = await taken(requestBody({ wishes, machine, files, hasRegion: () => false, isGenerated: true }));
  expect(head.wishes).toMatchObject({ until: 'jump' });
  expect(head.wishes).not.toHaveProperty('reserve');
  expect(head.files).toEqual({ kernel: 1 });
});
