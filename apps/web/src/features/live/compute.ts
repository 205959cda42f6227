import { transfer } from 'comlink';
import { requestOf } from '../../desk/asked.ts';
import type { RebootInputs } from '../../desk/inputs.ts';
import type { LiveFiles } from './request.ts';

/** The files of a reboot whose kernel is generated. */
export function generatedFiles(inputs: RebootInputs): LiveFiles {
  const { kernel, initrd } = requestOf(inputs, inputs.wishes.strategy);
  const files = initrd === undefined ? { kernel } : { kernel, initrd };
  return transfer(
    files,
    [kernel, initrd].flatMap((bytes) => (bytes?.buffer instanceof ArrayBuffer ? [bytes.buffer] : [])),
  );
}
