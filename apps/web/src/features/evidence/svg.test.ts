import { readFileSync } from 'node:fs';
import { LogReading } from '@kexeckit/evidence';
import { expect, test } from 'vitest';
import { bootPage, type EvidencePicture } from './model.ts';
import { type EvidenceTheme, evidenceSvg } from './svg.ts';

const theme: EvidenceTheme = {
  ...{ ground: '#fff', ink: '#111', quiet: '#555', line: '#ddd', bad: '#a00', routine: '#c40' },
  phases: ['#001', '#002', '#003', '#004'],
};

function pictureOf(text: string): EvidencePicture {
  const reading = new LogReading();
  reading.push(text);
  return bootPage(reading.end()).picture;
}

const logOf = (name: string): string => readFileSync(new URL(`./logs/${name}.txt`, import.meta.url), 'utf8');

/** Numbers of an attribute of the elements that a pattern finds. */
const numbers = (svg: string, pattern: RegExp): number[] =>
  [...svg.matchAll(pattern)].map(([, value]) => Number(value));

test('the picture has each lane, mark and phase, each as wide as it took', () => {
  const picture = pictureOf(logOf('debian-6.1-kexec-tools'));
  const svg = evidenceSvg([{ name: 'debian', picture }], theme);
  expect(numbers(svg, /data-line="(\d+)"/g)).toEqual(
    picture.lanes.flatMap(({ marks }) => marks.map(({ line }) => line)),
  );
  const wide = (phase: string) =>
    numbers(svg, new RegExp(`width="([\\d.]+)" height="20" fill="[^"]*" data-phase="${phase}"`, 'g'))[0];
  const took = (phase: string): number => {
    const found = picture.lanes[0]?.phases.find((each) => each.phase === phase)?.time;
    return found?.basis === 'measured' ? found.seconds : 0;
  };
  expect((wide('relocation') ?? 0) / (wide('shutdown') ?? 1)).toBeCloseTo(took('relocation') / took('shutdown'), 1);
});

test('what is not known is hatched, and says why', () => {
  const svg = evidenceSvg(
    [{ name: 'x', picture: pictureOf(logOf('broadcom_stingray_bcm958742k_boot_and_kdump')) }],
    theme,
  );
  expect(svg).toMatch(/fill="url\(#unknown-1\)" stroke="#002"><title>relocation: /);
  expect(svg).toContain('547 s');
});

test('names and lines with markup, and with what turns text, stay text', () => {
  const line = '[    0.000000] Booting Linux on physical CPU 0x0 <script>&\u202E\u0007';
  const svg = evidenceSvg([{ name: `<b onload="x">\u202Egnp${'y'.repeat(500)}`, picture: pictureOf(line) }], theme);
  expect(svg).not.toMatch(/<script|<b |\p{Cf}|[^\n\P{Cc}]/u);
  expect(svg).toContain('&lt;script&gt;&amp;\uFFFD');
  expect(svg).not.toContain('y'.repeat(100).concat('</text>'));
});

test('of nothing there is a picture, too', () => {
  expect(evidenceSvg([], theme)).toMatch(/^<svg .*<\/svg>$/);
  expect(evidenceSvg([{ name: 'none', picture: pictureOf('') }], theme)).not.toContain('NaN');
});
