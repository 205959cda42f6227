import type { View } from '../../commands/command.ts';
import type { Told } from '../../commands/fleet/order.ts';
import type { FleetOrderJson } from '../../json/fleet.ts';
import { inLine } from '../printable.ts';
import { paragraph } from '../table.ts';

/** What a rollout was told. */
export const orderView: View<Told, FleetOrderJson> = {
  text: (told, page) =>
    `${paragraph(`rollout ${told.rollout} was told to ${wordsOf(told)}; it follows within seconds, while a worker runs`, page)}\n`,
  json: (told) => told,
};

function wordsOf({ order, host = '', why = '', failureBudget }: Told): string {
  switch (order) {
    case 'pause':
      return `pause (${inLine(why)})`;
    case 'abort':
      return `end (${inLine(why)})`;
    case 'resume':
      return failureBudget === undefined ? 'go on' : `go on, with ${failureBudget} failed or lost hosts accepted`;
    case 'bypass':
      return `let ${inLine(host)} pass`;
  }
}
