import type { PageLayout } from './counts.ts';
import { CostError } from './error.ts';
import type { Price } from './fit.ts';
import type { PriceName } from './price-name.ts';
import { priceNames, priceTable } from './prices.ts';

/** A reboot that is to be measured. */
export interface ProtocolStep {
  /** What is loaded, in units of 2^20 bytes: the sizes may differ, their ratios should not be smaller. */
  readonly megabytes: number;
  readonly mmu: 'off' | 'on';
  readonly pages: PageLayout;
  /** Whether the purgatory of kexec-tools compares digests, with the caches off. */
  readonly checks: 'none' | 'purgatory';
}

const SIZES = [16, 64, 256] as const;

/** The reboots that tell all prices apart that can be told: three sizes with the MMU off and on, one scattered, and two with checks. */
export const protocol: readonly ProtocolStep[] = [
  ...(['off', 'on'] as const).flatMap((mmu) =>
    SIZES.map((megabytes): ProtocolStep => ({ megabytes, mmu, pages: 'contiguous', checks: 'none' })),
  ),
  { megabytes: 64, mmu: 'on', pages: 'scattered', checks: 'none' },
  ...([16, 64] as const).map(
    (megabytes): ProtocolStep => ({ megabytes, mmu: 'on', pages: 'contiguous', checks: 'purgatory' }),
  ),
];

/**
 * The line that a log has before a reboot that was measured: it says what no kernel does.
 *
 * @throws CostError `EINVAL` for a step that could not be read again.
 */
export function formatRun({ megabytes, mmu, pages, checks }: ProtocolStep): string {
  const line = `kexeckit-run megabytes=${megabytes} mmu=${mmu} pages=${pages} checks=${checks}`;
  parseRun(line, 'a step');
  return line;
}

const WORDS: Readonly<Record<string, RegExp>> = {
  megabytes: /^\d{1,7}(?:\.\d{1,6})?$/,
  mmu: /^(?:off|on)$/,
  pages: /^(?:contiguous|scattered)$/,
  checks: /^(?:none|purgatory)$/,
};

/**
 * Reads such a line.
 *
 * @param source where it stands.
 * @throws CostError `EINVAL` for a word that there is not, or that is twice there, missing or misspelt.
 */
export function parseRun(line: string, source: string): ProtocolStep {
  const refuse = (what: string): CostError =>
    new CostError('EINVAL', `${source}: ${what}`, `write it so: ${EXAMPLE}`, { source });
  if (typeof line !== 'string') throw refuse(`${String(line)} is no line`);
  const [beginning, ...words] = line.trim().split(/\s+/);
  if (beginning !== 'kexeckit-run') throw refuse(`"${beginning}" is not kexeckit-run`);
  const given = new Map<string, string>();
  for (const word of words) {
    const [name = '', ...rest] = word.split('=');
    const value = rest.join('=');
    const form = Object.hasOwn(WORDS, name) ? WORDS[name] : undefined;
    if (form === undefined) throw refuse(`there is no "${name}"`);
    if (given.has(name)) throw refuse(`${name} is there twice`);
    if (!form.test(value)) throw refuse(`${name} cannot be "${value}"`);
    given.set(name, value);
  }
  const missing = Object.keys(WORDS).filter((name) => !given.has(name));
  if (missing.length > 0) throw refuse(`it does not say ${missing.join(' and ')}`);
  const megabytes = Number(given.get('megabytes'));
  if (megabytes === 0) throw refuse('nothing was moved');
  return {
    megabytes,
    mmu: given.get('mmu') === 'on' ? 'on' : 'off',
    pages: given.get('pages') === 'scattered' ? 'scattered' : 'contiguous',
    checks: given.get('checks') === 'purgatory' ? 'purgatory' : 'none',
  };
}

const EXAMPLE = 'kexeckit-run megabytes=64 mmu=on pages=contiguous checks=none';

/** A price that is not known, and how it is measured. */
export interface MissingPrice {
  readonly price: PriceName;
  readonly of: string;
  readonly measure: string;
}

/** The prices that a profile lacks. */
export function missingPrices(prices: Readonly<Partial<Record<PriceName, Price>>>): MissingPrice[] {
  return priceNames
    .filter((name) => prices[name] === undefined)
    .map((name) => ({ price: name, of: priceTable[name].of, measure: priceTable[name].measure }));
}
