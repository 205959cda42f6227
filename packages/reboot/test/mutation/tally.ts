import type { Change, Mutant } from './mutants.ts';

/** What became of a mutant. */
export type Fate = 'refused' | 'equivalent' | 'harmless';

const CHANGES: readonly Change[] = ['removed', 'duplicated', 'exchanged', 'operand', 'literal'];
const FATES: readonly Fate[] = ['refused', 'equivalent', 'harmless'];

/** Counts mutants, and writes the table of a README. */
export class Tally {
  readonly #counts = new Map<string, number>();

  count({ change }: Mutant, fate: Fate): void {
    const key = `${change} ${fate}`;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  /** How many there are of a change and fate. */
  of(changes: readonly Change[], fates: readonly Fate[]): number {
    return changes
      .flatMap((change) => fates.map((fate) => this.#counts.get(`${change} ${fate}`) ?? 0))
      .reduce((a, b) => a + b, 0);
  }

  /** The table, as Markdown. */
  table(): string {
    const row = (name: string, changes: readonly Change[]): string => {
      const cells = [this.of(changes, FATES), ...FATES.map((fate) => this.of(changes, [fate]))];
      return `| ${[name, ...cells].join(' | ')} |`;
    };
    return [
      '| an emitted instruction is | mutants | refused by the rehearsal | the same program | harmless |',
      '|---|---|---|---|---|',
      row('removed', ['removed']),
      row('duplicated', ['duplicated']),
      row('exchanged with the next', ['exchanged']),
      row('given another operand', ['operand']),
      row('given another literal', ['literal']),
      row('all', CHANGES),
    ].join('\n');
  }
}
