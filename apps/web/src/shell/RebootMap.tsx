import type { JSX } from 'solid-js';
import { createKeptLook, createMapLook } from '../features/map/look.ts';
import { MapPicture } from '../features/map/MapPicture.tsx';
import { MarkTable } from '../features/map/MarkTable.tsx';
import type { Lab } from './lab.ts';

/** The map of the strategy that is looked at, as the page of all memory draws it. */
export function RebootMap(props: { readonly lab: Lab; readonly machine: string }): JSX.Element {
  const { lab } = props;
  const look = createMapLook(
    {
      machine: () => {
        const marks = lab.machine();
        return marks && { marks, resources: [] };
      },
      plan: () => {
        const map = lab.results()[lab.strategy()]?.map;
        return map && { ...map, problems: [] };
      },
      runs: () => [],
    },
    createKeptLook(),
  );
  return (
    <>
      <MapPicture look={look} title={`${props.machine}, ${lab.strategy()}`} isCompact />
      <MarkTable model={look.model()} onChoose={look.choose} />
    </>
  );
}
