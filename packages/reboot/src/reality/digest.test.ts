import { parseIomem } from '@kexeckit/ioport';
import { expect, test } from 'vitest';
import { SimulatedMachine } from '../index.ts';
import { digestReality } from './digest.ts';

const map = (device: string, reserved = '41280000-4164ffff'): string => `${device}40000000-bfffffff : System RAM
  40200000-4127ffff : Kernel code
  ${reserved} : reserved
4010000000-401fffffff : PCI ECAM
`;
const bare = '09010000-09010fff : pl031@9010000\n';

async function memoryOf(text: string): Promise<string> {
  const reality = { ...(await new SimulatedMachine().describe()), memory: parseIomem(text) };
  return (await digestReality(reality)).memory;
}

test('a driver that has come leaves the machine what it is', async () => {
  expect(await memoryOf(map(`${bare}  09010000-09010fff : rtc-pl031\n`))).toBe(await memoryOf(map(bare)));
});

test.each([
  ['what is reserved', map(bare, '41280000-4165ffff')],
  ['how much RAM there is', map(bare).replace('bfffffff : System RAM', 'afffffff : System RAM')],
  ['where the kernel lies', map(bare).replace('4127ffff', '4126ffff')],
  ['a device that has gone', map('')],
  ['what is reserved beside RAM', `${map(bare)}8000000000-80000fffff : reserved\n`],
])('%s makes it another', async (_, text) => {
  expect(await memoryOf(text)).not.toBe(await memoryOf(map(bare)));
});
