import type { JSX } from 'solid-js';
import { boardTitle } from '../desk/boards.ts';
import { FailureNote } from '../features/failure/FailureNote.tsx';
import { Kernels } from '../features/reservation/Kernels.tsx';
import { RamSlider } from '../features/reservation/RamSlider.tsx';
import { RegionMap } from '../features/reservation/RegionMap.tsx';
import { ReservationField } from '../features/reservation/ReservationField.tsx';
import type { Lab } from './lab.ts';
import { createPlay } from './reservation-play.ts';
import '../features/reservation/style.css';

/** A command line to type, and what kernels reserve by it on the desk's machine. */
export function ReservationPage(props: { readonly lab: Lab }): JSX.Element {
  const play = createPlay(props.lab);
  const machine = (): string => {
    const { items, board } = props.lab.desk.subject();
    return items.map?.name ?? boardTitle(board);
  };
  const log = (): string | undefined =>
    play.facts()?.hasLog === true ? props.lab.desk.subject().items.log?.logs.at(-1)?.name : undefined;
  return (
    <main class="reservation" aria-busy={play.isStale() && play.failure() === undefined}>
      <FailureNote failure={play.failure()} />
      <p class="asking" data-asking={play.isStale() && play.failure() === undefined}>
        {play.facts() === undefined
          ? 'The map is being read …'
          : 'What is shown is of before; an answer is on its way …'}
      </p>
      <ReservationField
        line={play.question().line}
        answer={play.answer()}
        isStale={play.isStale()}
        onChange={play.setLine}
      />
      <RamSlider
        ram={play.question().ram}
        own={play.facts()?.ram}
        readings={play.answer()?.readings}
        onChange={play.setRam}
      />
      <RegionMap machine={machine()} log={log()} facts={play.facts()} answer={play.answer()} isStale={play.isStale()} />
      <Kernels
        selected={play.question().kernel}
        rows={play.answer()?.kernels}
        isStale={play.isStale()}
        onSelect={play.setKernel}
      />
    </main>
  );
}
