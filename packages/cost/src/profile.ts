import * as v from 'valibot';
import { CostError } from './error.ts';
import type { FitFinding } from './finding.ts';
import type { Price, PriceFit, Scatter } from './fit.ts';
import type { PriceName } from './price-name.ts';
import { priceNames, priceTable, type RowGroup, wrongPrice } from './prices.ts';

/** What a machine takes for each thing that a run counts, and how that was found out. */
export interface MachineProfile {
  readonly name: string;
  /** The machine, for people. */
  readonly machine: string;
  /** How it was measured. */
  readonly measured: string;
  /** How often an interval is to hold the truth: 0.9 for nine times of ten. */
  readonly confidence: number;
  /** What is not in it is not known. */
  readonly prices: Readonly<Partial<Record<PriceName, Price>>>;
  readonly scatter: Readonly<Partial<Record<RowGroup, Scatter>>>;
  /** What has to be known of the rows and of the fit. */
  readonly findings: readonly FitFinding[];
}

/** Whose prices they are. */
export type ProfileName = Pick<MachineProfile, 'name' | 'machine' | 'measured'>;

/** A fit as the profile of a machine. @throws CostError `EINVAL` for a name that is none, and for prices that no machine has. */
export function profileOf({ prices, scatter, confidence, findings }: PriceFit, of: ProfileName): MachineProfile {
  const { name, machine, measured } = of;
  for (const price of priceNames) {
    const seconds = prices[price]?.seconds;
    if (seconds === undefined || wrongPrice(price, seconds) === undefined) continue;
    const hint = 'look whether what was counted is right: sizes are in units of 2^20 bytes';
    throw new CostError('EINVAL', `the rows make ${priceTable[price].of} take ${seconds} s`, hint, { prices: [price] });
  }
  return checkProfile({ name, machine, measured, confidence, prices, scatter, findings });
}

const FORMAT = 'kexeckit-profile/1';
const HINT = 'make it again with kexeckit timeline --fit';

/** Characters of a file. */
const TEXT_MAX = 2 ** 20;

const words = (most: number) => v.pipe(v.string(), v.trim(), v.minLength(1, 'it is empty'), v.maxLength(most));
/** A name stands in lines of others. */
const name = (most: number) =>
  v.pipe(
    words(most),
    v.regex(/^[^\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]*$/u, 'it has more than one line, or a control character'),
    v.regex(/[\p{L}\p{N}\p{P}\p{S}]/u, 'nothing of it can be seen'),
  );
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

/** So much that a sum of such is still a number. */
const bound = v.pipe(v.number(), v.minValue(0), v.maxValue(1e100));

const priceOf = (of: PriceName) => {
  const seconds = v.pipe(
    v.number('a price is a number of seconds'),
    v.check(
      (value) => wrongPrice(of, value) === undefined,
      ({ input }) => wrongPrice(of, input) ?? '',
    ),
  );
  const shape = v.strictObject({
    seconds,
    low: v.exactOptional(seconds),
    high: v.exactOptional(bound),
    basis: v.picklist(['fitted', 'published', 'assumed']),
  });
  return v.pipe(
    shape,
    v.check(({ low, high }) => (low === undefined) === (high === undefined), 'an interval has two bounds'),
    v.check(
      ({ seconds: middle, low = middle, high = middle }) => low <= middle && middle <= high,
      'a price lies within its interval',
    ),
  );
};

const scatter = v.pipe(
  v.strictObject({
    relative: bound,
    rows: count,
    spare: v.pipe(count, v.minValue(1)),
  }),
  v.check(({ rows, spare }) => spare <= rows, 'there are more spare rows than rows'),
);

const groups = ['shutdown', 'relocation', 'startup'] as const;

const finding = v.strictObject({
  code: v.picklist(['collinear', 'contradictory', 'zero-price', 'outlier', 'no-spare-rows', 'wide', 'one-sided']),
  group: v.picklist(groups),
  prices: v.array(v.picklist(priceNames)),
  rows: v.array(v.string()),
  count,
  message: words(1000),
  hint: words(1000),
});

const prices = v.pipe(
  v.unknown(),
  v.check((value) => !Array.isArray(value), 'it is a list'),
  v.strictObject({
    perShutdown: v.exactOptional(priceOf('perShutdown')),
    perRelocation: v.exactOptional(priceOf('perRelocation')),
    perInstruction: v.exactOptional(priceOf('perInstruction')),
    perUncachedAccess: v.exactOptional(priceOf('perUncachedAccess')),
    perLine: v.exactOptional(priceOf('perLine')),
    perTableWalk: v.exactOptional(priceOf('perTableWalk')),
    perChecksum: v.exactOptional(priceOf('perChecksum')),
    perUncachedDigestByte: v.exactOptional(priceOf('perUncachedDigestByte')),
    perStartup: v.exactOptional(priceOf('perStartup')),
  }),
);

const profileSchema = v.strictObject({
  format: v.literal(FORMAT),
  unit: v.literal('seconds'),
  name: name(100),
  machine: name(200),
  measured: name(1000),
  confidence: v.pipe(v.number(), v.minValue(0.5), v.maxValue(0.999)),
  prices,
  scatter: v.strictObject({
    shutdown: v.exactOptional(scatter),
    relocation: v.exactOptional(scatter),
    startup: v.exactOptional(scatter),
  }),
  findings: v.pipe(v.array(finding), v.maxLength(100)),
});

/** A profile as the text of a file. @throws CostError `EINVAL` for one that could not be read again. */
export const formatProfile = (profile: MachineProfile): string =>
  `${JSON.stringify(fileOf(checkProfile(profile)), null, 2)}\n`;

const fileOf = (profile: MachineProfile): object => ({ format: FORMAT, unit: 'seconds', ...profile });

/**
 * Reads a profile.
 *
 * @throws CostError `EINVAL` naming the first thing that is wrong, and where: a key that there is not, another unit, a price that cannot
 * be.
 */
export function parseProfile(text: string): MachineProfile {
  if (text.length > TEXT_MAX) throw wrong(`it has ${text.length} characters`);
  return profileIn(jsonOf(text));
}

function profileIn(file: unknown): MachineProfile {
  const parsed = v.safeParse(profileSchema, file, { abortEarly: true });
  if (!parsed.success) {
    const [issue] = parsed.issues;
    throw wrong(`at ${v.getDotPath(issue) ?? 'its top'}: ${issue.message}`);
  }
  const { format: _, unit: __, ...profile } = parsed.output;
  return profile;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw wrong('it is not JSON', cause);
  }
}

/** A profile that was made by hand or came from elsewhere. @throws CostError as {@link parseProfile}. */
export const checkProfile = (profile: MachineProfile): MachineProfile => profileIn(fileOf(profile));

const wrong = (what: string, cause?: unknown): CostError =>
  new CostError('EINVAL', `the profile is wrong: ${what}`, HINT, cause === undefined ? {} : { cause });
