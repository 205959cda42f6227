import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type CrashkernelVerdict, cutCmdline, KERNELS, parseCrashkernel, profileOf } from './index.ts';

interface Boot {
  name: string;
  osrelease: string;
  firmware: string;
  cmdline: string;
  systemRam: string;
  reserved: { kind: 'main' | 'low'; size: string }[];
  log: string[];
}

const text = readFileSync(new URL('../fixtures/boots.jsonl', import.meta.url), 'utf8').trim();
const boots = text.split('\n').map((line): Boot => JSON.parse(line));

const PAGE = 0x1000n;
const PARSER_SAYS = /^crashkernel(:| size)/;

/** Old kernels reserve whole pages. */
function sizeReserved({ size }: CrashkernelVerdict, wholePages: boolean): bigint {
  return wholePages ? (size + PAGE - 1n) & -PAGE : size;
}

describe('what real kernels made of their command lines', () => {
  test.each(boots.map((boot) => [`${boot.osrelease} ${boot.name}`, boot]))('%s', (_, boot) => {
    const { profile, measured } = profileOf(boot.osrelease);
    expect(measured).toBe(true);
    const verdict = parseCrashkernel(boot.cmdline, BigInt(boot.systemRam), { kernel: profile });
    expect(verdict.log.filter(([level]) => level === 'warn').map(([, line]) => line)).toEqual(
      boot.log.filter((line) => PARSER_SAYS.test(line)),
    );
    const tried = boot.log.filter((line) => !PARSER_SAYS.test(line));
    expect(verdict.ret === 0, 'it tries to reserve').toBe(tried.length > 0);
    const main = boot.reserved.find(({ kind }) => kind === 'main');
    if (main) expect(sizeReserved(verdict, !KERNELS[profile].checksRam)).toBe(BigInt(main.size));
    const low = boot.reserved.find(({ kind }) => kind === 'low');
    if (low && verdict.high) expect(verdict.lowSize).toBe(BigInt(low.size));
    const cma = tried.flatMap((line) => /CMA reserved: (\d+) MB/.exec(line)?.[1] ?? []);
    expect(cma.map((mebibytes) => BigInt(mebibytes) << 20n)).toEqual(verdict.cmaSize > 0n ? [verdict.cmaSize] : []);
  });

  test('none keeps more than its limit', () => {
    for (const { cmdline } of boots) expect(cutCmdline(cmdline).lost).toBe('');
  });
});
