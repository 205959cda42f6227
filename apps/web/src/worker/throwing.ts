import { transferHandlers } from 'comlink';
import { LabError } from '../shared/error.ts';
import { wordsOf } from '../shared/words.ts';

/** Has errors keep their code and their hint on the way from a worker to its page: Comlink alone keeps message and name. */
export function keepErrorsWhole(): void {
  const usual = transferHandlers.get('throw');
  if (usual === undefined)
    throw new LabError('EINVAL', 'Comlink does not say how it throws', 'use the version of the lock file');
  transferHandlers.set('throw', {
    ...usual,
    serialize: (thrown) => {
      const error = typeof thrown === 'object' && thrown !== null ? Reflect.get(thrown, 'value') : undefined;
      if (!(error instanceof Error)) return usual.serialize(thrown);
      const { name, stack } = error;
      return [{ isError: true, value: { name, stack, ...wordsOf(error) } }, []];
    },
  });
}
