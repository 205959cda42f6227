import { createUniqueId, type JSX, Show } from 'solid-js';
import { bytesText } from '../../shared/format.ts';
import { VirtualTable } from '../../shared/VirtualTable.tsx';

const COLUMNS = ['Line', 'Segments', 'Bytes'] as const;
const ROW = 30;

/** What kexec-tools loaded, as `kexec -d` printed it: line, segments and bytes of each load. */
export function Loads(props: { readonly loads: Float64Array }): JSX.Element {
  const id = createUniqueId();
  const many = (): number => props.loads.length / COLUMNS.length;
  const at = (row: number, column: number): number => props.loads[row * COLUMNS.length + column] ?? 0;
  return (
    <Show when={many() > 0}>
      <section aria-labelledby={`${id}-title`} class="loads">
        <h2 id={`${id}-title`}>
          What kexec-tools loaded{' '}
          <span class="quiet">
            {many()} {many() === 1 ? 'load' : 'loads'}
          </span>
        </h2>
        <p class="quiet note">Loading starts nothing: no time of a reboot is in this.</p>
        <VirtualTable
          label="Loads"
          columns={COLUMNS}
          count={many()}
          height={ROW}
          cell={(row, column) => (column === 2 ? bytesText(at(row, column)) : at(row, column))}
        />
      </section>
    </Show>
  );
}
