import { type Finding, preflight, readHost } from '@kexeckit/linux';
import type { Request } from '../command.ts';
import type { PreflightValues } from './values.ts';

/** What stands in the way of kexec on a host, blockers first. */
export async function lookAtHost({ options }: Request<PreflightValues>): Promise<readonly Finding[]> {
  return preflight(await readHost({ root: options.root ?? '/' }));
}
