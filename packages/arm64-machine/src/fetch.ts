import type { Exceptions } from './core.ts';
import { ABORT_PERMISSION } from './exceptions.ts';
import type { CodePage, InstructionCache } from './instruction-cache.ts';
import type { Mmu } from './mmu.ts';
import type { ProgramCounter } from './program-counter.ts';

/** What fetching goes through. */
export interface FetchParts {
  readonly mmu: Mmu;
  readonly instructions: InstructionCache;
  readonly exceptions: Exceptions;
}

/** The page that the pc is in, or the fault that fetching from it takes. */
export function fetchPage(pc: ProgramCounter, { mmu, instructions, exceptions }: FetchParts): CodePage {
  const found = mmu.translate(pc.vpn, true);
  if (!('frame' in found)) {
    const access = { write: false, fetch: true, status: found.status };
    const detail = `instruction fetch: ${found.detail}`;
    return exceptions.abort(found.fault, found.address ?? pc.address, pc.index, detail, access);
  }
  if (!found.executable) {
    const access = { write: false, fetch: true, status: ABORT_PERMISSION | (found.level ?? 3) };
    return exceptions.abort('permission-fault', pc.address, pc.index, 'a fetch from an execute-never page', access);
  }
  // With the MMU off there is no level, and fetches go to Normal memory.
  if (found.target !== undefined || (found.device && found.level !== undefined))
    return exceptions.stop(
      'device-fetch',
      pc.address,
      pc.index,
      `a fetch from ${found.target?.name ?? 'Device memory'}`,
    );
  return instructions.page(found);
}
