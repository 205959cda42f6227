import type { KexecOption } from './options.ts';
import type { Found } from './parse.ts';
import { byDefault, type Wanted } from './wanted.ts';

/** What a command line comes to: something to say, a refusal, or something to do. */
export type Outcome =
  | { readonly kind: 'says'; readonly what: 'usage' | 'usage error' | 'version' }
  | { readonly kind: 'refused'; readonly option: KexecOption; readonly why: string }
  | { readonly kind: 'does'; readonly wanted: Wanted };

/**
 * Goes through the options in their order: the first one that only says something, or is refused, ends it. Then what cancels
 * something else whatever the order, does.
 */
export function outcomeOf(found: readonly Found<KexecOption>[]): Outcome {
  let wanted = byDefault;
  for (const { option, value } of found) {
    const { effect } = option;
    if ('says' in effect) return { kind: 'says', what: effect.says };
    if ('refused' in effect && (value === undefined || value !== effect.unless))
      return { kind: 'refused', option, why: effect.refused };
    if ('sets' in effect) wanted = { ...wanted, ...effect.sets };
    if ('takes' in effect) wanted = { ...wanted, [effect.takes]: value };
  }
  return { kind: 'does', wanted: settled(wanted) };
}

const NOTHING: Partial<Wanted> = {
  ...{ load: false, shutdown: false, sync: false, ifdown: false, exec: false, unload: false },
};

function settled(wanted: Wanted): Wanted {
  const { status, size, noIfdown, noSync, ifdown, sync } = wanted;
  if (status || size) return { ...wanted, ...NOTHING };
  return { ...wanted, ifdown: ifdown && !noIfdown, sync: sync && !noSync };
}

/** Which slot `-S` asks about: that of a panic, unless `-l` alone was given. */
export const slotAsked = ({ panic, normal }: Wanted): 'next' | 'crash' => (normal && !panic ? 'next' : 'crash');
