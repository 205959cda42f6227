import { readFile, writeFile } from 'node:fs/promises';
import { QemuMachine } from '@kexeckit/qemu';
import {
  coverLetterWorkload,
  type Machine,
  type RebootReport,
  type RebootRequest,
  reboot,
  SimulatedMachine,
  savePlan,
} from '@kexeckit/reboot';
import { type ExceptionLevel, type StrategyName, strategies, strategyNamed } from '@kexeckit/relocation';
import { Command, Option } from 'commander';
import type { Io } from '../io.ts';
import { parseGenerations, parseMark, parseSeconds, parseSeed, parseSize } from '../parse.ts';
import { labelGenerations, renderGenerations } from '../render/generations.ts';
import { renderHeading } from '../render/heading.ts';
import { reportAsJson } from '../render/json.ts';
import { ProgressView } from '../render/progress.ts';
import { renderTimelines } from '../render/timeline.ts';
import { UsageError } from '../usage.ts';

/** The options of `kexeckit reboot`, as commander parses them. */
export interface RebootCommandOptions {
  readonly machine: 'simulated' | 'qemu';
  readonly kernel?: string;
  readonly initrd?: string;
  readonly append?: string;
  readonly strategy?: StrategyName;
  readonly memory?: bigint;
  readonly cpus?: number;
  readonly el?: '1' | '2';
  readonly seed: number;
  readonly vhe?: boolean;
  readonly softRestart?: boolean;
  readonly checks: boolean;
  readonly breadcrumbs?: boolean;
  readonly reserve?: string;
  readonly generations?: number;
  readonly iomem?: string;
  readonly expect?: RegExp;
  readonly timeout?: number;
  readonly qemu?: string;
  readonly savePlan?: string;
  readonly json?: boolean;
}

const MIB = 1n << 20n;

/** Declares `kexeckit reboot`. */
export function rebootCommand(io: Io): Command {
  return new Command('reboot')
    .description('Plan a reboot, prove it, run it on a machine, and show its timeline.')
    .addOption(new Option('--machine <machine>', 'where it runs').choices(['simulated', 'qemu']).default('simulated'))
    .option(
      '--kernel <file>',
      'arm64 kernel: Image, Image.gz, EFI zboot or vmlinux (simulated: a generated 13 MiB Image)',
    )
    .option('--initrd <file>', 'initial RAM disk (simulated: 24 MiB of noise)')
    .option('--append <string>', 'command line of the new kernel')
    .addOption(
      new Option(
        '--strategy <strategy>',
        'how segments reach their destinations (simulated: all; qemu: mmu-on)',
      ).choices(strategies.map(({ name }) => name)),
    )
    .option('--memory <size>', 'RAM of the QEMU machine (2G)', parseSize)
    .option('--cpus <count>', 'CPUs of the machine (qemu: 2, simulated: 8)', parseCpus)
    .addOption(new Option('--el <level>', 'exception level (qemu: 1, simulated: 2)').choices(['1', '2']))
    .option('--vhe', 'EL2 with HCR_EL2.E2H set, as hosts of virtual machines run')
    .option('--soft-restart', 'run at EL1, and enter the new kernel at EL2')
    .option('--no-checks', 'compare no digests before the jump (mmu-off never does)')
    .option('--breadcrumbs', 'write a character to the console at each stage')
    .option('--seed <number>', 'decides where source pages are scattered', parseSeed, 1)
    .option(
      '--reserve <size>',
      'region of strategy reserved or crash-region, as in kexeckernel= (twice what the segments take)',
    )
    .option(
      '--generations <count>',
      'reboots in a row, each from the kernel before it (simulated, one strategy)',
      parseGenerations,
    )
    .option('--iomem <file>', 'memory map of the simulated machine, as /proc/iomem (Broadcom Stingray, 48 GiB)')
    .option('--expect <regex>', 'console line that ends the reboot on QEMU ("Run … as init process")', parseMark)
    .option('--timeout <seconds>', 'limit for the relocation and for the start on QEMU (180)', parseSeconds)
    .option('--qemu <program>', 'QEMU to run (qemu-system-aarch64)')
    .option('--save-plan <file>', 'write the plan as JSON')
    .option('--json', 'print the report as JSON')
    .action((options: RebootCommandOptions) => runReboot(options, io));
}

/** Runs one reboot for each strategy that was asked for, or one strategy again and again, and prints their timelines. */
async function runReboot(options: RebootCommandOptions, io: Io): Promise<void> {
  checkOptions(options);
  const files = await readFiles(options);
  const machine = await makeMachine(options);
  const view = new ProgressView(io);
  const run = async (on: Machine, strategy: StrategyName, name: string): Promise<RebootReport> => {
    view.begin(name);
    const report = await reboot(on, requestOf(options, files, strategy), {
      onEvent: (event) => view.show(event),
      ...(io.signal && { signal: io.signal }),
    });
    view.end();
    return report;
  };
  const { generations, strategy } = options;
  if (generations !== undefined && strategy !== undefined && machine instanceof SimulatedMachine) {
    await tell(options, io, await inARow(machine, generations, (on, name) => run(on, strategy, name)));
    return;
  }
  const reports: RebootReport[] = [];
  for (const each of strategy === undefined ? defaultStrategies(options) : [strategy])
    reports.push(await run(machine, each, each));
  await tell(options, io, reports);
}

/** Each reboot starts from the kernel that the one before it has started. */
async function inARow(
  first: SimulatedMachine,
  generations: number,
  run: (machine: SimulatedMachine, name: string) => Promise<RebootReport>,
): Promise<RebootReport[]> {
  const reports: RebootReport[] = [];
  for (let machine = first; reports.length < generations; machine = machine.booted())
    reports.push(await run(machine, `generation ${reports.length + 1}`));
  return labelGenerations(reports);
}

/** Saves what was asked for, and prints the reports. */
async function tell(options: RebootCommandOptions, io: Io, reports: readonly RebootReport[]): Promise<void> {
  const last = reports.at(-1);
  if (options.savePlan !== undefined && last !== undefined) await writeFile(options.savePlan, savePlan(last.plan));
  if (options.json) {
    io.out(reportAsJson(reports));
    return;
  }
  const generations = options.generations === undefined ? '' : renderGenerations(reports);
  io.out(renderHeading(options.machine, reports) + renderTimelines(options.machine, reports) + generations);
}

function requestOf(
  options: RebootCommandOptions,
  files: Pick<RebootRequest, 'kernel' | 'initrd'>,
  strategy: StrategyName,
): RebootRequest {
  return {
    ...files,
    cmdline: options.append ?? (options.machine === 'qemu' ? 'console=ttyAMA0' : 'console=ttyS0'),
    strategy,
    seed: options.seed,
    ...(options.reserve !== undefined && { reserve: options.reserve }),
    ...(!options.checks && { verify: false }),
    ...(options.breadcrumbs && { breadcrumbs: true }),
  };
}

function defaultStrategies({ machine }: RebootCommandOptions): readonly StrategyName[] {
  return machine === 'simulated' ? strategies.map(({ name }) => name) : ['mmu-on'];
}

/** Options that do not go together are refused, never ignored. */
function checkOptions(options: RebootCommandOptions): void {
  const refuse = (given: unknown, name: string, hint: string): void => {
    if (given !== undefined) throw new UsageError(`--${name} has no meaning on the ${options.machine} machine`, hint);
  };
  if (options.machine === 'qemu') {
    refuse(options.iomem, 'iomem', 'its map comes from QEMU; see --memory');
    refuse(options.generations, 'generations', 'each run boots one kernel; use the simulated machine');
    if (options.kernel === undefined) throw new UsageError('QEMU needs a kernel to boot', 'give one with --kernel');
  } else {
    refuse(options.memory, 'memory', 'its memory is that of its map; see --iomem');
    for (const name of ['expect', 'timeout', 'qemu'] as const)
      refuse(options[name], name, 'it stops at the jump; use --machine qemu');
  }
  if (options.vhe && options.el === '1') throw new UsageError('--vhe with --el 1', 'VHE is a way to run at EL2');
  if (options.softRestart && (options.el === '2' || options.vhe))
    throw new UsageError('--soft-restart at EL2', 'it starts at EL1; at EL2 the new kernel is entered there anyway');
  const region = options.strategy && strategyNamed(options.strategy).region;
  if (options.reserve !== undefined && region === undefined)
    throw new UsageError('--reserve without a strategy that has a region', 'add --strategy reserved or crash-region');
  if (options.generations !== undefined && options.strategy === undefined)
    throw new UsageError('--generations with all strategies', 'choose one with --strategy');
  if (options.savePlan !== undefined && options.machine === 'simulated' && options.strategy === undefined) {
    throw new UsageError('--save-plan with all strategies', 'choose one with --strategy');
  }
}

async function readFiles(options: RebootCommandOptions): Promise<{ kernel: Uint8Array; initrd?: Uint8Array }> {
  if (options.kernel === undefined) {
    if (options.initrd !== undefined)
      throw new UsageError('--initrd without --kernel', 'give both, or neither for the generated workload');
    return coverLetterWorkload();
  }
  const kernel = await readInput(options.kernel, '--kernel');
  return options.initrd === undefined ? { kernel } : { kernel, initrd: await readInput(options.initrd, '--initrd') };
}

async function readInput(path: string, option: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await readFile(path));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`cannot read ${option} ${path}: ${reason}`, 'check the path');
  }
}

async function makeMachine(options: RebootCommandOptions): Promise<Machine> {
  const exceptionLevel = exceptionLevelOf(options);
  const entry = { ...(options.vhe && { vhe: true }), ...(options.softRestart && { softRestart: true }) };
  if (options.machine === 'qemu') {
    return new QemuMachine({
      memory: options.memory ?? 2048n * MIB,
      cpus: options.cpus ?? 2,
      exceptionLevel: exceptionLevel ?? 1,
      ...entry,
      ...(options.expect && { expect: options.expect }),
      ...(options.timeout !== undefined && { timeoutMs: options.timeout * 1000 }),
      ...(options.qemu !== undefined && { binary: options.qemu }),
    });
  }
  return new SimulatedMachine({
    ...(options.iomem !== undefined && { iomem: new TextDecoder().decode(await readInput(options.iomem, '--iomem')) }),
    ...(exceptionLevel !== undefined && { exceptionLevel }),
    ...entry,
    ...(options.cpus !== undefined && { cpus: options.cpus }),
  });
}

function exceptionLevelOf({ el, vhe, softRestart }: RebootCommandOptions): ExceptionLevel | undefined {
  if (vhe) return 2;
  if (softRestart) return 1;
  return el === undefined ? undefined : el === '2' ? 2 : 1;
}

function parseCpus(text: string): number {
  const cpus = Number(text);
  if (!Number.isInteger(cpus) || cpus < 1 || cpus > 512)
    throw new UsageError(`--cpus ${text}`, 'give a number from 1 to 512');
  return cpus;
}
