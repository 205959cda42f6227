import type { EmitterSabotage } from './emitter-kind.ts';

/** What the rehearsal says of each defect of the emitter, and on which machine. */
export function emitterTable(sabotages: readonly EmitterSabotage[]): string {
  const rows = sabotages.map(({ name, says, in: configuration = 'as the machine says' }) => [
    name,
    says.join(', '),
    configuration,
  ]);
  return [
    '| the emitter is wrong | the rehearsal says | in configuration |',
    '|---|---|---|',
    ...rows.map((cells) => `| ${cells.join(' | ')} |`),
  ].join('\n');
}
