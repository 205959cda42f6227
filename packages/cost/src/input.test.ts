import { describe, expect, test } from 'vitest';
import {
  CostError,
  checkProfile,
  estimate,
  fitPrices,
  formatProfile,
  formatRun,
  linuxCounts,
  type MachineProfile,
  parseProfile,
  parseRun,
  price,
  profileOf,
  stingray,
} from './index.ts';

/** The code, message and hint of what is thrown. */
function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof CostError) return `${error.code} ${error.message}; ${error.hint}`;
    throw error;
  }
  return 'none';
}

/** As a program without types would have it. */
const fitAny = (run: object): string => refusal(() => Reflect.apply(fitPrices, undefined, [[{ ...good, ...run }]]));
const good = { source: 'console.log', counts: linuxCounts(25, 'on'), seconds: 0.02 };

describe('NaN, negative, infinite and misspelt input is refused', () => {
  test.each([
    [{ seconds: Number.NaN }, /^EINVAL console.log took NaN seconds; give a time above zero/],
    [{ seconds: -1 }, /took -1 seconds/],
    [{ seconds: 0 }, /took 0 seconds/],
    [{ seconds: Number.POSITIVE_INFINITY }, /took Infinity seconds/],
    [{ seconds: '0.02' }, /took 0.02 seconds; give a time above zero/],
    [{ seconds: 1e-300 }, /took 1e-300 seconds; give a time that a clock can tell/],
    [{ counts: { lineFills: 1e300 } }, /counted 1e\+300 as lineFills; give a number from 0 to 2\^63/],
    [{ counts: null }, /what console.log counted cannot be null; give an object/],
    [{ seconds: 350_000 }, /took 350000 seconds; give seconds: is it in milliseconds\?/],
    [{ milliseconds: 20 }, /^EINVAL console.log: there is no "milliseconds"; a run has source, counts, seconds/],
    [{ source: '' }, /does not say where it comes from/],
    [{ bound: 'atMost' }, /its time is "atMost"; give at-least, at-most or about/],
    [{ plusMinus: Number.NaN }, /rounded by NaN seconds/],
    [{ plusMinus: null }, /rounded by null seconds/],
    [{ plusMinus: '5' }, /rounded by 5 seconds/],
    [{ plusMinus: 1e300 }, /rounded by 1e\+300 seconds/],
    [{ counts: [] }, /what console.log counted cannot be a list/],
    [{ counts: { startups: 1e-200 } }, /counted 1e-200 as startups/],
    [{ counts: {} }, /counted nothing/],
    [{ counts: { instructions: 0 } }, /counted nothing/],
    [{ counts: { lineFill: 3 } }, /console.log: there is no "lineFill"; it is one of .*lineFills/],
    [{ counts: { lineFills: Number.NaN } }, /counted NaN as lineFills/],
    [{ counts: { lineFills: -1 } }, /counted -1 as lineFills/],
    [{ counts: { lineFills: Number.POSITIVE_INFINITY } }, /counted Infinity as lineFills/],
    [
      { counts: { startups: 1, relocations: 1 } },
      /is the time of relocation and startup together; give a run for each/,
    ],
  ])('a run with %j', (run, message) => {
    expect(fitAny(run)).toMatch(message);
  });

  test.each([
    [{ known: { perLines: 1e-9 } }, /^EINVAL prices: there is no "perLines"; it is one of .*perLine/],
    [{ known: { perLine: Number.NaN } }, /perLine is NaN/],
    [{ known: { perLine: -1e-9 } }, /perLine is -1e-9/],
    [{ known: { perLine: 4 } }, /perLine is 4; more than 0.001 s: prices are in seconds, not .* nanoseconds/],
    [{ knwon: {} }, /there is no option "knwon"/],
    [{ confidence: 90 }, /a confidence of 90; give a part of one/],
    [{ confidence: Number.NaN }, /a confidence of NaN/],
    [{ confidence: '0.9' }, /a confidence of 0.9/],
    [{ known: [] }, /prices cannot be a list/],
    [[], /options cannot be a list/],
  ])('options %j', (options, message) => {
    expect(refusal(() => Reflect.apply(fitPrices, undefined, [[good], options]))).toMatch(message);
  });

  test.each([
    [[Number.NaN, 'on'], /a load of NaN MiB/],
    [[-1, 'on'], /a load of -1 MiB/],
    [[25 * 2 ** 20, 'on'], /a load of 26214400 MiB; give its size in units of 2\^20 bytes/],
    [['25', 'on'], /a load of 25 MiB/],
    [[null, 'on'], /a load of null MiB/],
    [[1e-9, 'on'], /a load of 1e-9 MiB/],
    [[25, 'On'], /the MMU is "On"; give off or on/],
    [[25, 'on', 'random'], /pages that are "random"/],
  ])('the counts of %j', (given, message) => {
    expect(refusal(() => Reflect.apply(linuxCounts, undefined, given))).toMatch(message);
  });

  test.each([[[5]], [[undefined]], [[[null]]], [[[], null]], [[[], { known: null }]]])('a fit of %j', (given) => {
    expect(refusal(() => Reflect.apply(fitPrices, undefined, given))).toMatch(/^EINVAL .* cannot be /);
  });

  test.each([
    [{ seconds: Number.NaN, basis: 'fitted' }, /at prices\.perStartup\.seconds/],
    [{ seconds: -4, basis: 'fitted' }, /not negative/],
    [{ seconds: 1, low: 0, high: Number.POSITIVE_INFINITY, basis: 'fitted' }, /at prices\.perStartup\.high/],
    [{ seconds: 1, low: 0, high: 1e300, basis: 'fitted' }, /at prices\.perStartup\.high/],
  ])('an estimate with a price of %j', (perStartup, message) => {
    const profile = { ...stingray, prices: { perStartup } };
    expect(refusal(() => Reflect.apply(estimate, undefined, [{ startups: 1 }, profile]))).toMatch(message);
    expect(refusal(() => Reflect.apply(formatProfile, undefined, [profile]))).toMatch(message);
  });

  test.each([
    [undefined, /^EINVAL the profile is wrong: at /],
    [{ ...stingray, prices: { perStartUp: { seconds: 1, basis: 'fitted' } } }, /at prices\.perStartUp/],
    [{ ...stingray, prices: [] }, /at prices: it is a list/],
  ])('an estimate with the profile %#', (profile, message) => {
    expect(refusal(() => Reflect.apply(estimate, undefined, [{ startups: 1 }, profile]))).toMatch(message);
  });

  test.each([{ megabytes: Number.NaN }, { megabytes: 1e9 }, { mmu: 'On' }, { pages: undefined }])(
    'a line for a step with %j',
    (wrong) => {
      const step = { megabytes: 64, mmu: 'on', pages: 'contiguous', checks: 'none', ...wrong };
      expect(refusal(() => Reflect.apply(formatRun, undefined, [step]))).toMatch(/^EINVAL a step: \w+ cannot be/);
    },
  );

  test('a line that is no text', () => {
    expect(refusal(() => Reflect.apply(parseRun, undefined, [undefined, 'a.log']))).toMatch(/^EINVAL a.log: undefined/);
  });

  test('a price that is needed and missing is no zero', () => {
    expect(refusal(() => price(linuxCounts(25, 'on'), { perLine: 1e-9 }))).toMatch(
      /^EDOM there is no price for a relocation, .* and an instruction and a table walk; give perRelocation and/,
    );
  });
});

describe('a profile is a file', () => {
  test('whatever its rows are called', () => {
    const runs = [1, 2].map((seconds) => ({ source: `${'x'.repeat(5000)} ${seconds}`, seconds, counts: good.counts }));
    const profile = profileOf(fitPrices(runs), { name: 'board', machine: 'a board', measured: 'twice' });
    expect(parseProfile(formatProfile(profile)).findings[0]?.rows[0]).toHaveLength(200);
  });

  test('that is read back as it was written', () => {
    expect(parseProfile(formatProfile(stingray))).toEqual(stingray);
    expect(checkProfile(stingray)).toEqual(stingray);
  });

  test('rows that make an event take longer than any are refused, with what to look at', () => {
    const fit = fitPrices(
      [100, 200].map((instructions) => ({ ...good, counts: { instructions }, seconds: instructions / 100 })),
    );
    expect(refusal(() => profileOf(fit, { name: 'board', machine: 'a board', measured: 'twice' }))).toMatch(
      /^EINVAL the rows make an instruction take 0\.01\d* s; look whether what was counted is right/,
    );
  });

  const file = (): Record<string, unknown> => JSON.parse(formatProfile(stingray));
  const prices = (change: object): object => ({ ...file(), prices: { ...stingray.prices, ...change } });

  test.each([
    ['no JSON', '{', /the profile is wrong: it is not JSON/],
    ['another version', { ...file(), format: 'kexeckit-profile/2' }, /at format: .*kexeckit-profile\/1/],
    ['another unit', { ...file(), unit: 'nanoseconds' }, /at unit: .*"seconds".*"nanoseconds"/],
    ['a key that there is not', { ...file(), nmae: 'x' }, /at nmae/],
    ['a price that there is not', prices({ perLines: { seconds: 1e-9, basis: 'fitted' } }), /at prices\.perLines/],
    [
      'a price as text',
      prices({ perLine: { seconds: '1 ns', basis: 'fitted' } }),
      /at prices\.perLine\.seconds: a price is a/,
    ],
    [
      'a negative price',
      prices({ perLine: { seconds: -1, basis: 'fitted' } }),
      /at prices\.perLine\.seconds: .*not negative/,
    ],
    [
      'a price in nanoseconds',
      prices({ perLine: { seconds: 4, basis: 'fitted' } }),
      /in seconds, not milliseconds or nanoseconds/,
    ],
    ['half an interval', prices({ perLine: { seconds: 1e-9, low: 0, basis: 'fitted' } }), /an interval has two bounds/],
    [
      'an interval beside its price',
      prices({ perLine: { seconds: 1e-9, low: 2e-9, high: 3e-9, basis: 'fitted' } }),
      /at prices\.perLine: a price lies within its interval/,
    ],
    ['no name', { ...file(), name: ' ' }, /at name: it is empty/],
    ['a name of two lines', { ...file(), machine: 'a\nb' }, /at machine: it has more than one line/],
    ['a name that nobody sees', { ...file(), name: '\u200b' }, /at name: nothing of it can be seen/],
    ['a name that turns lines around', { ...file(), name: 'a\u202eb' }, /at name: it has more than one line/],
    ['prices in a list', { ...file(), prices: [] }, /at prices: it is a list/],
    [
      'more spare rows than rows',
      { ...file(), scatter: { startup: { relative: 0, rows: 1, spare: 2 } } },
      /scatter.startup/,
    ],
    [
      'a scatter beyond numbers',
      { ...file(), scatter: { startup: { relative: 1e308, rows: 3, spare: 2 } } },
      /relative/,
    ],
    ['a certainty', { ...file(), confidence: 1 }, /at confidence/],
    ['a scatter without spare rows', { ...file(), scatter: { startup: { relative: 0, rows: 1, spare: 0 } } }, /spare/],
  ])('%s is refused', (_, content, message) => {
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    expect(refusal(() => parseProfile(text))).toMatch(message);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, -1])(
    'a price of %d is refused where it does not come from a file',
    (seconds) => {
      const wrong: MachineProfile = { ...stingray, prices: { perLine: { seconds, basis: 'fitted' } } };
      expect(refusal(() => checkProfile(wrong))).toMatch(/^EINVAL the profile is wrong: at prices\.perLine\.seconds/);
    },
  );
});
