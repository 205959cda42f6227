import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runProgram } from './program.ts';

/** Of what is made: the same edition has the same bytes. */
export interface Edition {
  readonly version: string;
  /** Seconds since 1970. */
  readonly time: number;
}

/** The edition of a package: of the time that SOURCE_DATE_EPOCH says, or the last commit. */
export function editionOf(folder: string): Edition {
  const { version }: { readonly version?: unknown } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return { version: String(version), time: Number(process.env.SOURCE_DATE_EPOCH ?? lastCommit(folder)) };
}

const lastCommit = (folder: string): string =>
  runProgram('set SOURCE_DATE_EPOCH', 'git', ['log', '-1', '--format=%ct'], { cwd: folder }).trim();

/** Year, month and day: `2026-11-29`. */
export const dayOf = ({ time }: Edition): string => new Date(time * 1000).toISOString().slice(0, 10);
