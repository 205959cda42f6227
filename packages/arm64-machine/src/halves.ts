import { addressInSpace, rootOfTtbr, type Space, shapeOf, TableWalker } from '@kexeckit/arm64-pgtable';
import { type DescriptorReader, framesOf } from './descriptor-reader.ts';
import type { TranslationState } from './system.ts';

/** A half of the address space under a state: what does not change from one walk to the next. */
export interface Half {
  readonly state: TranslationState;
  readonly space: Space;
  /** 4 KiB frames in its pages. */
  readonly frames: number;
  /** The virtual page (4 KiB) that it starts at. */
  readonly first: number;
  /** Pages that a descriptor covers, by level + 1. */
  readonly spans: readonly number[];
  readonly walker: TableWalker;
}

/** The halves of the address space that were last walked. */
export class Halves {
  readonly #reader: DescriptorReader;
  readonly #strict: boolean;
  #lower: Half | undefined;
  #upper: Half | undefined;

  constructor(reader: DescriptorReader, strict: boolean) {
    this.#reader = reader;
    this.#strict = strict;
  }

  /** A half under a state; none where it has no tables. */
  of(state: TranslationState, isUpper: boolean): Half | undefined {
    const held = isUpper ? this.#upper : this.#lower;
    if (held?.state === state) return held;
    const made = this.#make(state, isUpper);
    if (isUpper) this.#upper = made;
    else this.#lower = made;
    return made;
  }

  #make(state: TranslationState, isUpper: boolean): Half | undefined {
    const space = isUpper ? state.upper : state.lower;
    if (space === undefined) return undefined;
    const root = rootOfTtbr(space, isUpper ? state.ttbr1 : state.ttbr0);
    if (root === undefined) return undefined;
    return {
      state,
      space,
      frames: framesOf(space),
      first: Number(addressInSpace(space, 0) >> 12n),
      spans: shapeOf(space).spans,
      walker: new TableWalker(space, root, this.#reader.source(space, state, this.#strict), true),
    };
  }
}
