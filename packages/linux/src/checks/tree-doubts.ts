import { FdtError, type LinuxDoubt, linuxDoubts, parseFdt } from '@kexeckit/fdt';
import { type Finding, notKnown, ok, warning } from '../finding.ts';
import type { Host } from '../host-values.ts';

const SOURCE = '/sys/firmware/fdt';

/**
 * What Linux reads otherwise in the device tree than it may be meant: that nothing is reserved, most of all. Where the memory is, is
 * another check's question.
 */
export function checkTreeDoubts(host: Host): Finding {
  const id = 'tree-doubts';
  const doubts = doubtsIn(host);
  if (doubts === undefined)
    return host.fdt === undefined
      ? notKnown(id, host, 'fdt', 'how Linux reads the device tree', 'run as root')
      : warning(id, 'the device tree is damaged', 'how Linux reads it is not known', 'see tree-memory', [
          { path: SOURCE, text: 'it is damaged' },
        ]);
  const evidence = doubts.map(({ path, problem }) => ({ path: `${SOURCE}: ${path}`, text: problem }));
  const [first] = doubts;
  if (first === undefined)
    return ok(id, 'Linux reads the device tree as it is meant', 'what it says of memory counts', [
      { path: SOURCE, text: 'memory, /reserved-memory and cells are in order' },
    ]);
  const more = doubts.length === 1 ? '' : `, and ${doubts.length - 1} more`;
  return warning(
    id,
    `the device tree, ${first.path}: ${first.problem}${more}`,
    [...new Set(doubts.map(({ reading }) => reading))].join('; '),
    'look whether something was meant to be kept there; the tree is to be mended in firmware',
    evidence,
  );
}

function doubtsIn({ fdt }: Host): LinuxDoubt[] | undefined {
  if (fdt === undefined) return undefined;
  try {
    return linuxDoubts(parseFdt(fdt)).filter(({ problem }) => problem !== 'there is no memory node');
  } catch (error) {
    if (error instanceof FdtError) return undefined;
    throw error;
  }
}
