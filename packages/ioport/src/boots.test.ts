import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { answerBoot, expectedOf } from '../vectors/boots.ts';
import type { ReservationKernel, ReservationRequest } from './index.ts';

const MIB = 0x10_0000n;

/** What these command lines ask for. The parser itself is another package's and tested there. */
const REQUESTS: [pattern: RegExp, request: (kernel: ReservationKernel, ram: bigint) => ReservationRequest | null][] = [
  [/crashkernel=64M@x/, () => ({ size: 64n * MIB, base: 0n })],
  [/crashkernel=1G-4G:160M,/, () => ({ size: 160n * MIB, base: 0n })],
  [/crashkernel=128M crashkernel=192M/, () => ({ size: 192n * MIB, base: 0n })],
  [/crashkernel=256M@0x60000000/, () => ({ size: 256n * MIB, base: 0x6000_0000n })],
  [
    /crashkernel=512M,high/,
    (kernel) => ({ size: 512n * MIB, base: 0n, high: true, lowSize: kernel === '6.1' ? 0n : 128n * MIB }),
  ],
  [
    /crashkernel=4G/,
    (kernel, ram) => (kernel === '7.3' && ram <= 4096n * MIB ? null : { size: 4096n * MIB, base: 0n }),
  ],
  [/crashkernel=256M/, () => ({ size: 256n * MIB, base: 0n })],
  [/crashkernel=128M/, () => ({ size: 128n * MIB, base: 0n })],
];

function requestOf(cmdline: string, ram: bigint, kernel: ReservationKernel): ReservationRequest | null {
  return REQUESTS.find(([pattern]) => pattern.test(cmdline))?.[1](kernel, ram) ?? null;
}

const fixtures = new URL('../fixtures/', import.meta.url);

/** Every record of boots that is there. */
const files = readdirSync(fixtures).filter((name) => name.endsWith('-boots.jsonl'));

describe.each(files)('%s', (file) => {
  const boots = readFileSync(new URL(file, fixtures), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

  test.each(boots.map((boot) => [boot.name, boot]))('%s: lands where the kernel put it', (_, boot) => {
    expect(answerBoot(boot, requestOf)).toEqual(expectedOf(boot));
  });
});

test('there are records of two kernels', () => {
  expect(files).toEqual(expect.arrayContaining(['linux-6.1-boots.jsonl', 'linux-7.3-boots.jsonl']));
});
