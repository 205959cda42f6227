import { firstEdit } from '../features/tables/editing.ts';
import { firstSource } from '../features/tables/source.ts';
import { pickKeys } from '../shared/keys.ts';

/**
 * What the pages keep in the address, beside board and wishes. All share one address, which goes along from page to page: a name
 * belongs to one of them alone.
 */
export const params = {
  map: { window: 'window', scale: 'scale', mark: 'mark', plan: 'plan' },
  strategies: { prices: 'prices', withSkipped: 'checksum', mmu: 'mmu' },
  reservation: { line: 'line', ram: 'ram', kernel: 'rules' },
  player: { sabotage: 'sabotage', step: 'step' },
  tables: { va: 'va', entry: 'entry', filter: 'find', each: 'each', done: 'done' },
  live: {
    memory: 'live-memory',
    cpus: 'live-cpus',
    cmdline: 'live-cmdline',
    keep: 'live-keep',
    dtb: 'live-dtb',
  },
  evidence: { example: 'log', line: 'log-line', of: 'log-name' },
  fleet: { example: 'rollout-example', at: 'rollout-at', rollout: 'rollout', host: 'rollout-host' },
} as const;

/** Which source of tables: those that are looked at, or those that they are compared with. */
export type Which = 'of' | 'with';

/** Where a source's text is kept. */
export const sourceParam = (which: Which, field: keyof typeof firstSource): string =>
  field === 'of' ? which : `${which}-${field}`;

/** Where an edit's text is kept. */
export const editParam = (field: keyof typeof firstEdit): string => (field === 'kind' ? 'edit' : `edit-${field}`);

/** All names that pages keep something under. */
export const paramNames: readonly string[] = [
  ...Object.values(params).flatMap((page) => Object.values<string>(page)),
  ...pickKeys(firstSource).flatMap((field) => [sourceParam('of', field), sourceParam('with', field)]),
  ...pickKeys(firstEdit).map(editParam),
];
