import type { Sabotage } from './kinds.ts';

/** Lines of a Markdown table, its columns aligned. */
function aligned(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`;
  const [head = [], ...body] = rows;
  return [line(head), rule, ...body.map(line)].join('\n');
}

function machineCell({ machine, adversary }: Sabotage): string {
  if (machine.length === 0) return 'no effect to see';
  return `${machine.join(', ')}${adversary ? ' (adversary)' : ''}`;
}

/** Every sabotage with what catches it. */
export function fullTable(sabotages: readonly Sabotage[]): string {
  return aligned([
    ['sabotage', 'of', 'breach', 'proof', 'strict machine alone', 'QEMU alone'],
    ...sabotages.map((sabotage) => [
      sabotage.name,
      sabotage.kind,
      sabotage.breach ?? '',
      sabotage.proof,
      machineCell(sabotage),
      sabotage.qemu ?? '',
    ]),
  ]);
}

/** How many of each sort each referee catches. */
export function summaryTable(sabotages: readonly Sabotage[]): string {
  const sorts: readonly (readonly [string, (sabotage: Sabotage) => boolean])[] = [
    ['cache rules', ({ breach }) => breach === 'cache'],
    ['TLB rules', ({ breach }) => breach === 'TLB'],
    ['barriers', ({ breach }) => breach === 'barrier'],
    ['other words of the routine', ({ breach, kind }) => breach === undefined && kind === 'routine'],
    ['tables, list, contents, digests', ({ breach, kind }) => breach === undefined && kind === 'memory'],
    ['plan, state of the machine', ({ breach, kind }) => breach === undefined && /plan|state/.test(kind)],
    ['plans that are wrong, and everything agrees', ({ breach, kind }) => breach === undefined && kind === 'agreed'],
    ['another machine than the plan was made for', ({ breach, kind }) => breach === undefined && kind === 'world'],
  ];
  const row = (name: string, chosen: readonly Sabotage[]): string[] => {
    const onQemu = chosen.filter(({ qemu }) => qemu !== undefined);
    const machine = chosen.filter((sabotage) => sabotage.machine.length > 0);
    const caught = onQemu.filter(({ qemu }) => qemu === 'catches');
    const emulated = onQemu.length === 0 ? '' : `${caught.length} of ${onQemu.length}`;
    return [name, `${chosen.length}`, `${chosen.length}`, `${machine.length}`, emulated];
  };
  return aligned([
    ['sabotages of', 'kinds', 'proof', 'strict machine alone', 'QEMU alone, of those tried'],
    ...sorts.map(([name, belongs]) => row(name, sabotages.filter(belongs))),
    row('all', sabotages),
  ]);
}
