import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Axis, compressedAxis, linearAxis, unitOf } from './axis.ts';
import { goalOf, panned, type View, viewAround, viewFrom, viewText, viewWith, wholeView, zoomed } from './view.ts';

const banks = [
  { first: 0x1_0000, end: 0x2_0000 },
  { first: 0x2_0200_0000, end: 0x2_0400_0000 },
];
const axis = linearAxis({ memory: banks, end: 0 });

test('zooming keeps what is under the pointer', () => {
  const near = zoomed(axis, wholeView(axis), 0.25, 0.75);
  expect(near.from + 0.75 * (near.to - near.from)).toBeCloseTo(0.75 * axis.end);
  expect(near.to - near.from).toBe(axis.end / 4);
});

test('from terabytes to two pages and back', () => {
  let view = wholeView(axis);
  for (let step = 0; step < 60; step++) view = zoomed(axis, view, 0.5, 0.3);
  expect(view.to - view.from).toBeCloseTo(2);
  for (let step = 0; step < 60; step++) view = zoomed(axis, view, 2, 0.3);
  expect(view).toEqual(wholeView(axis));
});

test('moving stops at the ends, and keeps the size', () => {
  const view = { from: 100, to: 200 };
  expect(panned(axis, view, 0.5)).toEqual({ from: 150, to: 250 });
  expect(panned(axis, view, -5)).toEqual({ from: 0, to: 100 });
  const last = panned(axis, view, 1e12);
  expect([last.to, last.to - last.from]).toEqual([axis.end, 100]);
});

test('pages are shown where they are not seen, or are a point', () => {
  const view = { from: 0, to: 1000 };
  expect(viewWith(axis, view, 10, 100)).toBe(view);
  expect(viewWith(axis, view, 10, 11)).toEqual(viewAround(axis, 10, 11));
  expect(viewWith(axis, view, 5000, 6000)).toEqual({ from: 4800, to: 6200 });
});

test('the address brings a view back, and what is none is passed over', () => {
  const view = { from: 0x1_0000, to: 0x1_0003 + 0.5 };
  expect(viewFrom(axis, viewText(view))?.from).toBe(view.from);
  expect(viewText({ from: 1, to: 1.5 })).toBe('0x1000-0x1800');
  for (const text of [undefined, '', '1-2', '0x2-0x1', '0x2-', '0xffffffffffffff-0xfffffffffffffff', 'x'])
    expect(viewFrom(axis, text)).toBeUndefined();
});

test.each([
  ['0x10000000', 0x1_0000, 0x1_0001],
  ['10000fff', 0x1_0000, 0x1_0001],
  [' 0x1000_0000 - 0x10001000 ', 0x1_0000, 0x1_0002],
  ['0x10000000–0x10000fff', 0x1_0000, 0x1_0001],
])('%s leads to pages', (text, first, end) => {
  expect(goalOf(axis, text)).toEqual({ first, end });
});

test.each([
  ['', /hexadecimal/],
  ['80 000', /hexadecimal/],
  ['_', /hexadecimal/],
  ['0x2-0x1', /above/],
  ['ffffffffffffffff', /ends at 0x203ffffffff/],
])('%j leads nowhere, and says why', (text, complaint) => {
  expect(goalOf(axis, text)).toEqual({ complaint: expect.stringMatching(complaint) });
});

test('property: whatever is done, the view is within the axis and never less than it may be', () => {
  const axes: readonly Axis[] = [axis, compressedAxis({ memory: banks, end: 0 })];
  const step = fc.tuple(
    fc.boolean(),
    fc.double({ min: 0.001, max: 1000, noNaN: true }),
    fc.double({ min: 0, max: 1, noNaN: true }),
  );
  fc.assert(
    fc.property(fc.constantFrom(...axes), fc.array(step, { maxLength: 30 }), (on, steps) => {
      let view: View = wholeView(on);
      for (const [isZoom, amount, share] of steps)
        view = isZoom ? zoomed(on, view, amount, share) : panned(on, view, amount * (share - 0.5));
      expect(view.from).toBeGreaterThanOrEqual(0);
      expect(view.to).toBeLessThanOrEqual(on.end);
      expect(unitOf(on, view.to) - unitOf(on, view.from)).toBeGreaterThan(1.9);
    }),
  );
});
