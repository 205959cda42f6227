import { pfnOf } from '@kexeckit/relocation';
import { RebootError } from '../../src/index.ts';
import type { RehearsalConfiguration } from '../../src/rehearsal/configuration.ts';
import { configurationsFor, rehearseOn } from '../../src/rehearsal/rehearse.ts';
import type { Mutant } from './mutants.ts';
import { assemble, type Program } from './program.ts';
import type { Subject } from './variants.ts';

/** A subject whose routine is replaced again and again. */
export class Workbench {
  readonly subject: Subject;
  readonly #words: Uint32Array;
  readonly #configurations: readonly RehearsalConfiguration[];
  readonly #jump: number;
  readonly #halt: number | undefined;

  constructor(subject: Subject) {
    this.subject = subject;
    const { plan, image } = subject.loaded;
    const { start, jump, halt } = plan.stage;
    const page = image.writable(pfnOf(start));
    this.#words = new Uint32Array(page.buffer, page.byteOffset, 1024);
    this.#configurations = configurationsFor(plan.stage, true);
    this.#jump = Number(jump - start) / 4;
    this.#halt = halt === undefined ? undefined : Number(halt - start) / 4;
  }

  /** The words that are loaded now. */
  get words(): Uint32Array {
    return this.#words.slice();
  }

  /** The first configuration that refuses the mutant, and why; undefined where it survives all of them. */
  async refusal({ program, order }: Pick<Mutant, 'program' | 'order'>): Promise<string | undefined> {
    const { words, placeOf } = assemble(program, order);
    const saved = this.words;
    this.#words.fill(0).set(words);
    try {
      const { loaded, reality } = this.subject;
      const { stage } = loaded.plan;
      const at = (item: number): bigint => stage.start + BigInt(4 * placeOf(item));
      // With a soft restart the jump stands in the vectors.
      const jump = stage.vectors === undefined ? at(this.#jump) : stage.jump;
      const halt = this.#halt === undefined ? undefined : at(this.#halt);
      const mutated = { ...loaded, plan: { ...loaded.plan, stage: { ...stage, jump, halt } } };
      for (const configuration of this.#configurations) {
        try {
          await rehearseOn(configuration, mutated, reality);
        } catch (error) {
          if (!(error instanceof RebootError)) throw error;
          return `${configuration.name}: ${error.complaint}`;
        }
      }
      return undefined;
    } finally {
      this.#words.set(saved);
    }
  }
}

/** The program as it was emitted. */
export const unbroken = (program: Program) => ({ program, order: [...program.items.keys()] });
