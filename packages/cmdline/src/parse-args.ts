import { cString } from './bytes.ts';
import { ENOENT, ENOSPC } from './errno.ts';
import type { LogLine } from './kernel.ts';
import { endsKernelPart, skipBlanks, tokenAt } from './token.ts';

/** Takes one parameter; 0 if that went well, else a negative errno. */
export type ParameterHandler = (param: string, value: string | null) => number;

/** What came of a pass over the line. */
export interface ParseArgsResult {
  /** 0, or the last error of a handler. */
  ret: number;
  /** The text behind `--`; null without one, or after an error. */
  afterDashdash: string | null;
  /** What the kernel prints about errors. */
  log: LogLine[];
}

/**
 * The kernel's `parse_args` with no registered parameters: hands every parameter to `handler` until a token `--`, quoted
 * or not. After an error it goes on; the last error counts.
 *
 * @param doing Who is parsing, for messages; as at boot by default.
 */
export function parseArgs(args: string, handler: ParameterHandler, doing = 'Booting kernel'): ParseArgsResult {
  const line = cString(args);
  const log: LogLine[] = [];
  let ret = 0;
  for (let at = skipBlanks(line, 0); at < line.length; ) {
    const token = tokenAt(line, at);
    at = skipBlanks(line, token.end);
    if (endsKernelPart(token)) return { ret, afterDashdash: ret === 0 ? line.slice(at) : null, log };
    const code = handler(token.param, token.value);
    if (code === 0) continue;
    ret = code;
    log.push(['err', `${doing}: ${complaint(code, token.param, token.value ?? '')}`]);
  }
  return { ret, afterDashdash: null, log };
}

function complaint(code: number, param: string, value: string): string {
  if (code === ENOENT) return `Unknown parameter \`${param}'`;
  if (code === ENOSPC) return `\`${value}' too large for parameter \`${param}'`;
  return `\`${value}' invalid for parameter \`${param}'`;
}
