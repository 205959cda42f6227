import { priceNames } from '@kexeckit/cost';
import * as v from 'valibot';
import { count, figure, list, object, text, texts, word } from './parts.ts';

export const price = word(priceNames, 'the name of a price');
const group = word(['shutdown', 'relocation', 'startup'], 'rows that are fitted together, by what they time');

export const profileFinding = object(
  {
    code: word(
      ['collinear', 'contradictory', 'zero-price', 'outlier', 'no-spare-rows', 'wide', 'one-sided'],
      'what is wrong with the rows, or with what was fitted to them',
    ),
    group,
    prices: list(price, 'the prices that it is about'),
    rows: texts('sources of the rows that it is about: the first ten'),
    count: count('how many rows it is about'),
    message: text('what is wrong'),
    hint: text('what to do'),
  },
  'something that has to be known of a fit',
);

/** Whose prices they are. */
const name = {
  name: text('what the profile is called'),
  machine: text('the machine, for people'),
  measured: text('how it was measured'),
  confidence: figure('how often an interval is to hold the truth: 0.9 for nine times of ten'),
  findings: list(profileFinding, 'what has to be known of the prices'),
} as const;

/** A profile without its prices. */
export const profileName = object(name, 'whose prices modelled times were reckoned with');

export const priceOfOne = object(
  {
    seconds: figure('seconds'),
    low: v.optional(figure('seconds; left out where nothing tells how far off it is')),
    high: v.optional(figure('seconds; left out where nothing tells how far off it is')),
    basis: word(['fitted', 'published', 'assumed'], 'where it comes from'),
  },
  'what one event, byte or phase takes',
);

const prices = {
  perShutdown: priceOfOne,
  perRelocation: priceOfOne,
  perInstruction: priceOfOne,
  perUncachedAccess: priceOfOne,
  perLine: priceOfOne,
  perTableWalk: priceOfOne,
  perChecksum: priceOfOne,
  perUncachedDigestByte: priceOfOne,
  perStartup: priceOfOne,
} as const;

const scatter = object(
  {
    relative: figure('standard deviation, as a part of what is predicted'),
    rows: count('rows'),
    spare: count('rows beyond one for each price'),
  },
  'how runs of one kind scatter',
);

/** A profile with its prices. */
export const profile = object(
  {
    ...name,
    prices: v.pipe(v.partial(v.strictObject(prices)), v.description('each price that is known')),
    scatter: v.pipe(
      v.partial(v.strictObject({ shutdown: scatter, relocation: scatter, startup: scatter })),
      v.description('how the rows scatter'),
    ),
  },
  'what the machine takes',
);
