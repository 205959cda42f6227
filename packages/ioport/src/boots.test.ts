import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { answerBoot, expectedOf } from '../vectors/boots.ts';
import { parseIomem, readBootLog, systemRamSize } from './index.ts';
import { requestOf } from './testing/boot-request.ts';

const fixtures = new URL('../fixtures/', import.meta.url);

/** Every record of boots that is there; of `dmesg` the newer files keep the lines about memory and reservations. */
const files = readdirSync(fixtures).filter((name) => /-boots(-\d+)?\.jsonl$/.test(name));

describe.each(files)('%s', (file) => {
  const boots = readFileSync(new URL(file, fixtures), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

  test('RAM is counted as the kernel counts it, but for memory that was plugged in', () => {
    for (const { name, iomem, dmesg } of boots) {
      const { countedRam: counted } = readBootLog(dmesg);
      const ram = systemRamSize(parseIomem(iomem));
      if (/dimm/.test(name)) expect(ram, name).toBeGreaterThanOrEqual(counted ?? ram);
      else expect(ram, name).toBe(counted);
    }
  });

  test.each(boots.map((boot) => [boot.name, boot]))('%s: lands where the kernel put it', (_, boot) => {
    expect(answerBoot(boot, requestOf)).toEqual(expectedOf(boot));
  });
});

test('there are records of four kernels', () => {
  const versions = files.map((name) => /\d+\.\d+/.exec(name)?.[0]);
  expect(versions).toEqual(expect.arrayContaining(['5.10', '6.1', '6.12', '7.3']));
});
