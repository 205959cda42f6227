import { describe, expect, test } from 'vitest';
import { preflight } from '../preflight.ts';
import { type Files, hostWith } from '../testing/tree.ts';
import { explainFor, landingOfLine } from './landing.ts';

const map = (low: string, high?: string, ...taken: readonly string[]): string =>
  [
    `40000000-${low} : System RAM`,
    '  40210000-415fffff : Kernel code',
    '  41a00000-41cfffff : Kernel data',
    ...taken.map((line) => `  ${line}`),
    ...(high === undefined ? [] : [`100000000-${high} : System RAM`]),
    '',
  ].join('\n');

const MAPS: readonly (readonly [string, string])[] = [
  ['256 MiB', map('4fffffff')],
  ['1 GiB', map('7fffffff')],
  ['1 GiB, full', map('7fffffff', undefined, '42000000-7effffff : reserved')],
  ['4 GiB, cramped', map('4d5fffff', '13fffffff')],
  ['8 GiB', map('ffffffff', '23fffffff')],
  ['nothing below the limit', map('41ffffff', '23fffffff', '41d00000-41ffffff : reserved')],
  ['256 GiB', map('ffffffff', '3fffffffff')],
];
const LINES = [
  'crashkernel=auto',
  'crashkernel=512M,low',
  'crashkernel=128M@16M',
  'crashkernel=128M@0x40300000',
  'crashkernel=1G-4G:256M;4G-64G:320M',
  'crashkernel=2G-1G:64M',
  'crashkernel=2G-4G:320M,4G-32G:512M,32G-64G:1024M,64G-128G:2048M',
  'crashkernel=4G',
  'crashkernel=4G,high',
  'crashkernel=4G crashkernel=250M,low',
  'crashkernel=256M,high crashkernel=2G,low',
  'crashkernel=300G',
  'crashkernel=',
  'crashkernel="512M"',
  'crashkernel=256M,HIGH',
];
const RELEASES = ['5.10.223', '6.1.176', '6.12.117', '7.3.4'];

/** A value for low memory stands beside the one that it belongs to. */
const whole = (todo: string, line: string): string =>
  /^crashkernel=\w+,low$/.test(line) ? `${/beside (\S+)/.exec(todo)?.[1]} ${line}` : line;

/** Each of `crashkernel=… crashkernel=…` in a text, as one line. */
const named = (todo: string): string[] =>
  [...todo.matchAll(/crashkernel=[\w@:,-]*\w-?(?: crashkernel=\w+,low)?/g)].map(([text]) => text);

describe('what is to be written is understood by that kernel, and finds a place', () => {
  const cases = RELEASES.flatMap((release) => MAPS.map(([name, iomem]) => [release, name, iomem] as const));

  test.each(cases)('%s, %s', async (release, _, iomem) => {
    const files: Files = { '/proc/iomem': iomem, '/proc/sys/kernel/osrelease': `${release}\n` };
    const machine = await hostWith(files);
    for (const cmdline of LINES) {
      const host = { ...machine, cmdline };
      const found = preflight(host).find(({ id }) => id === 'crashkernel');
      const todo = found?.todo ?? '';
      // Where what is to be written has no room, what would fit is said behind it.
      const [, afterNoRoom] = todo.split('there is no room for that: ');
      for (const one of named((afterNoRoom ?? todo).replace(/beside \S+/, ''))) {
        const line = whole(todo, one);
        const { verdict, summary } = explainFor(host, line);
        expect(verdict.ret, `${cmdline} → ${todo}: ${summary}`).toBe(0);
        const landing = landingOfLine(host, line);
        // Where something that may have come later stands in the way, that is said.
        if (/may find no room/.test(todo)) expect(landing?.regions, `${cmdline} → ${todo}`).not.toEqual([]);
        else expect(landing?.refusal ?? null, `${cmdline} → ${todo}`).toBeNull();
      }
    }
  });
});
