export { type AnyRamExplanation, explainForAnyRam, type RamVerdict } from './any-ram.ts';
export { fromByteString, toByteString } from './bytes.ts';
export { type CrashkernelOptions, type CrashkernelVerdict, parseCrashkernel } from './crashkernel.ts';
export {
  appendParameter,
  findParameters,
  formatParameter,
  getParameter,
  removeParameter,
  setParameter,
} from './edit.ts';
export { CmdlineError, type CmdlineErrorCode, type CmdlineErrorDetails } from './error.ts';
export { type CrashkernelExplanation, type ExplainOptions, explainCrashkernel } from './explain.ts';
export { applyEdits, type Edit, type Finding, type FindingCode } from './finding.ts';
export { type CrashkernelSpec, formatCrashkernel, type RamRange } from './format-crashkernel.ts';
export type { ComplaintKind, CrashkernelSuffix } from './grammar.ts';
export type { EditOptions } from './insert.ts';
export {
  ARM64_DEFAULT_LOW,
  type CrashkernelMode,
  defaultKernel,
  KERNELS,
  type KernelRules,
  type KernelVersion,
  type LogLine,
} from './kernel.ts';
export {
  ARM64_CMDLINE_MAX,
  CMDLINE_LIMITS,
  type CmdlineLimit,
  type CutCmdline,
  type CutOptions,
  cmdlineLimit,
  cutCmdline,
  lostInWords,
} from './limit.ts';
export { memoryLimit } from './memory-limit.ts';
export { memparse, type ParsedNumber, simpleStrtol, simpleStrtoull } from './number.ts';
export type { Clause, Complaint, Occurrence } from './occurrence.ts';
export { getOption, getOptions, type Option, type OptionKind, type OptionList, parseOptionStr } from './option.ts';
export { parameq, parameqn } from './parameq.ts';
export { type ParameterHandler, type ParseArgsResult, parseArgs } from './parse-args.ts';
export { type ProfileChoice, profileOf } from './profile.ts';
export { ADDING_UP, ADDING_UP_PREFIXES, addsUp } from './repeated.ts';
export { formatSize } from './size.ts';
export { type TakeOverOptions, takeOverCmdline } from './take-over.ts';
export { type NextArg, nextArg, type Token, type TokenizedLine, tokenize } from './token.ts';
