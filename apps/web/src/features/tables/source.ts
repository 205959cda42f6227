import {
  type Granule,
  type Mapping,
  outputSizes,
  type PaBits,
  PageTableError,
  paBitsFor,
  parseAddress,
  parseMapping,
  type Regime,
  type Space,
  shapeOf,
  vaBitsFor,
} from '@kexeckit/arm64-pgtable';
import { type StrategyName, strategies } from '@kexeckit/relocation';
import { firstChoice } from '../../desk/strategy.ts';

/** Which tables are looked at. */
export type Source =
  | { readonly kind: 'plan'; readonly strategy: StrategyName }
  | { readonly kind: 'text'; readonly space: Space; readonly base: bigint; readonly mappings: readonly Mapping[] };

/** The fields that say it. `of` is a strategy, {@link OWN} or {@link NONE}. */
export type SourceField = 'of' | 'granule' | 'vaBits' | 'paBits' | 'regime' | 'half' | 'lpa2' | 'base' | 'mappings';

/** They, as they stand there. */
export type SourceTexts = Readonly<Record<SourceField, string>>;

/** What is wrong with them, by field. */
export type SourceComplaints = Readonly<Partial<Record<SourceField, string>>>;

/** The tables of mappings that are written here. */
export const OWN = 'text';
/** No tables: nothing to compare with. */
export const NONE = '';

/** Strategies whose routine runs with the MMU on, and so has tables. */
export const strategiesWithTables: readonly StrategyName[] = strategies
  .filter(({ mmu }) => mmu === 'on')
  .map(({ name }) => name);

export const granules: readonly Granule[] = ['4K', '16K', '64K'];
export const regimes: readonly Regime[] = ['EL1', 'EL2', 'EL2&0', 'stage2'];
export const halves: readonly string[] = ['lower', 'upper'];

/** What a source says at first. */
export const firstSource: SourceTexts = {
  of: firstChoice,
  granule: '4K',
  vaBits: '',
  paBits: '',
  regime: 'EL1',
  half: 'lower',
  lpa2: '',
  base: '0x48000000',
  mappings: '0x40200000:0x40200000:2M:rx\n0x40400000:0x80000000:8M:rw\n0x9000000:0x9000000:64K:rw,device',
};

/** Characters of mappings at most: a link holds them. */
const MOST_CHARACTERS = 16_384;

/** Reads a source; undefined where a field is wrong, or where it says that there is none. */
export function readSource(texts: SourceTexts): {
  readonly source?: Source;
  readonly complaints: SourceComplaints;
} {
  if (texts.of === NONE) return { complaints: {} };
  if (texts.of === OWN) return readOwn(texts);
  const strategy = strategiesWithTables.find((name) => name === texts.of);
  if (strategy !== undefined) return { source: { kind: 'plan', strategy }, complaints: {} };
  return { complaints: { of: `one of ${strategiesWithTables.join(', ')}` } };
}

function readOwn(texts: SourceTexts): { readonly source?: Source; readonly complaints: SourceComplaints } {
  const complaints: Partial<Record<SourceField, string>> = {};
  const reading = <T>(field: SourceField, read: (text: string) => T): T | undefined => {
    try {
      return read(texts[field].trim());
    } catch (error) {
      if (!(error instanceof PageTableError)) throw error;
      // What no tables reach is said where it is mapped.
      complaints[error.code === 'ERANGE' ? 'mappings' : field] = `${error.message}: ${error.hint}`;
      return undefined;
    }
  };
  const mappings = reading('mappings', mappingsOf);
  const base = reading('base', parseAddress);
  const vaBits = texts.vaBits.trim() === '' ? undefined : Number(texts.vaBits);
  if (vaBits !== undefined && !(Number.isInteger(vaBits) && vaBits >= 16 && vaBits <= 52))
    complaints.vaBits = 'a whole number from 16 to 52, or nothing: as many as reach';
  const paBits = paBitsOf(texts.paBits);
  if (paBits === 'wrong') complaints.paBits = `one of ${outputSizes.join(', ')}, or nothing: as many as reach`;
  if (mappings === undefined || base === undefined || paBits === 'wrong' || complaints.vaBits) return { complaints };
  const space = reading('vaBits', () => {
    const wanted = spaceFor(texts, mappings, base, { vaBits, paBits });
    shapeOf(wanted);
    return wanted;
  });
  if (space === undefined) return { complaints };
  return { source: { kind: 'text', space, base, mappings }, complaints };
}

/** A mapping a line; empty lines and what follows # are passed over. @throws PageTableError, with the line */
function mappingsOf(text: string): Mapping[] {
  if (text.length > MOST_CHARACTERS)
    throw new PageTableError('EINVAL', 'that are too many characters', `give at most ${MOST_CHARACTERS}`);
  const mappings = text.split('\n').flatMap((line, at): Mapping[] => {
    const given = line.replace(/#.*/, '').trim();
    if (given === '') return [];
    try {
      return [parseMapping(given)];
    } catch (error) {
      if (!(error instanceof PageTableError)) throw error;
      throw new PageTableError('EINVAL', `line ${at + 1}: ${error.message}`, error.hint);
    }
  });
  if (mappings.length > 0) return mappings;
  throw new PageTableError('EINVAL', 'nothing is mapped', 'give a line as 0x40200000:0x40200000:2M:rx');
}

function paBitsOf(text: string): PaBits | undefined | 'wrong' {
  if (text.trim() === '') return undefined;
  return outputSizes.find((bits) => String(bits) === text.trim()) ?? 'wrong';
}

const largest = (addresses: readonly bigint[]): bigint =>
  addresses.reduce((most, each) => (each > most ? each : most), 0n);

/** The space of these fields; sizes that are not given reach all that is mapped, and the tables. */
function spaceFor(
  texts: SourceTexts,
  mappings: readonly Mapping[],
  base: bigint,
  given: { readonly vaBits: number | undefined; readonly paBits: PaBits | undefined },
): Space {
  const isUpper = texts.half === 'upper';
  const lastIn = largest(mappings.map(({ va, size }) => va + size - 1n));
  const lastOut = largest([base, ...mappings.map(({ pa, size }) => pa + size - 1n)]);
  return {
    granule: granules.find((name) => name === texts.granule) ?? '4K',
    regime: regimes.find((name) => name === texts.regime) ?? 'EL1',
    // How far down the upper half goes is nothing that mappings say.
    vaBits: given.vaBits ?? (isUpper ? 48 : vaBitsFor(lastIn)),
    paBits: given.paBits ?? paBitsFor(lastOut),
    ...(isUpper && { half: 'upper' }),
    ...(texts.lpa2 !== '' && { lpa2: true }),
  };
}
