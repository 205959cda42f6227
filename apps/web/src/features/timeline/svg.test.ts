import { stingray } from '@kexeckit/cost';
import { expect, test } from 'vitest';
import { publishedRows } from './model.ts';
import { timelineRow } from './priced.ts';
import { timelineSvg } from './svg.ts';

const numbers = (svg: string, name: string, attribute: string): number[] =>
  [...svg.matchAll(new RegExp(`<${name} [^>]*\\b${attribute}="([\\d.]+)"`, 'g'))].map(([, value]) => Number(value));

const board = { ...stingray, name: 'board' };
const row = timelineRow({
  label: 'a < b & "c"',
  strategy: 'mmu-on',
  phases: [
    { phase: 'shutdown', basis: 'modelled', seconds: 1 },
    { phase: 'relocation', basis: 'modelled', seconds: 2, low: 1, high: 3 },
    { phase: 'checksum', basis: 'skipped', seconds: 4, remark: 'purgatory, caches off' },
    { phase: 'startup', basis: 'published', seconds: 1 },
  ],
  profile: board,
});

test('pieces are as wide as they are long, one behind the other, and text stays text', () => {
  const svg = timelineSvg([row], { withSkipped: true });
  expect(svg).toContain('a &lt; b &amp; &quot;c&quot;');
  const bars = [...svg.matchAll(/<rect x="([\d.]+)" y="84" width="([\d.]+)" height="20"/g)].map((each) => ({
    x: Number(each[1]),
    width: Number(each[2]),
  }));
  expect(bars).toHaveLength(4);
  const unit = bars[0]?.width ?? 0;
  for (const [at, length] of [1, 2, 4, 1].entries()) expect(bars[at]?.width).toBeCloseTo(length * unit, 0);
  for (const [at, { x, width }] of bars.slice(0, -1).entries()) expect(bars[at + 1]?.x).toBeCloseTo(x + width, 1);
  expect(svg.match(/url\(#skipped-2\)/g)).toHaveLength(1);
  expect(timelineSvg([row]).match(/url\(#/g)).toBeNull();
});

test('it stands alone: no variable, class, style or address of a page, but the name of its format', () => {
  const svg = timelineSvg(publishedRows, {
    title: 'Published',
    marksOf: () => [{ at: 5, label: '<5>', isSame: true }],
  });
  expect(svg).not.toMatch(/var\(|class=|style=|href/);
  expect(svg.match(/https?:[^"]*/g)).toEqual(['http://www.w3.org/2000/svg']);
  expect(svg).toContain('<title>&lt;5&gt;</title>');
  // A mark beyond all bars has room.
  expect(Math.max(...numbers(svg, 'rect', 'width'))).toBe(960);
  expect(Number(/<path d="M([\d.]+)/.exec(svg)?.[1])).toBeLessThan(960);
});
