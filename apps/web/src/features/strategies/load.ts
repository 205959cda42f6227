import { LINE_SIZE } from '@kexeckit/arm64-machine';
import type { Subject } from '../../desk/subject.ts';
import { defaultWishes, readWishes } from '../../desk/wishes.ts';
import type { LoadSize } from './counts.ts';

/** What the bars are estimated for. */
export interface Load {
  readonly size: LoadSize;
  /** Names of the files on the desk that sizes are of; sliders have the others. */
  readonly files: { readonly kernel: string | undefined; readonly initrd: string | undefined };
  /** Whether the CPUs are those that the counts are of. */
  readonly isUsualCpu: boolean;
  /** What of the desk the bars do not follow, and why. */
  readonly remarks: readonly string[];
}

const MIB = 2 ** 20;

/** What lies on the desk, as far as counts alone can tell how long it takes. */
export function loadOf({ items: { kernel, initrd }, wishes: texts }: Subject): Load {
  const isUsualCpu = texts.lacks.trim() === '' && texts.cacheLine === String(LINE_SIZE);
  const isWrong = readWishes(texts).wishes === undefined;
  return {
    size: {
      kernelMib: kernel === undefined ? mibOf(texts.kernelMib, defaultWishes.kernelMib) : kernel.bytes.length / MIB,
      initrdMib: initrd === undefined ? mibOf(texts.initrdMib, defaultWishes.initrdMib) : initrd.bytes.length / MIB,
      verify: texts.verify !== '',
    },
    files: { kernel: kernel?.name, initrd: initrd?.name },
    isUsualCpu,
    remarks: [
      ...(kernel === undefined
        ? []
        : [
            'The kernel counts as long as its file is: what it unpacks to, and what it brings along, the first page tells.',
          ]),
      ...(isUsualCpu
        ? []
        : [
            `Counted with cache lines of ${LINE_SIZE} bytes and every feature: the CPUs on the desk are others, which the first page runs.`,
          ]),
      ...(isWrong
        ? ['Something that was typed on the first page is wrong: sizes that are none are the first ones.']
        : []),
    ],
  };
}

/** What was typed, where it is a size that the sliders have; else the first one. */
function mibOf(text: string, otherwise: string): number {
  const mib = /^\d{1,3}$/.test(text.trim()) ? Number(text) : 0;
  return mib >= 1 && mib <= 512 ? mib : Number(otherwise);
}
