import { UsageError } from '../error.ts';
import { MACHINE } from '../options/headings.ts';
import { longName, type Option, type OptionsFor } from '../options/option.ts';
import { oneOf } from '../options/values.ts';
import type { MachineKind } from './kind.ts';
import { type LinuxValues, linux, linuxOptions } from './linux.ts';
import { type QemuValues, qemu, qemuOptions } from './qemu.ts';
import { type SimulatedValues, simulated, simulatedOptions } from './simulated.ts';

/** What any machine can be told. */
export interface MachineValues extends SimulatedValues, QemuValues, LinuxValues {
  readonly machine?: string;
}

/** All kinds of machines; the first is the default. A new one is a file, and a line here, above and below. */
const machines: readonly [MachineKind<MachineValues>, ...MachineKind<MachineValues>[]] = [simulated, qemu, linux];

/** The options of {@link MachineValues}. */
export const machineOptions: OptionsFor<MachineValues> = {
  machine: {
    heading: MACHINE,
    summary: `where it runs: ${machines.map(({ name }) => name).join(', ')}`,
    value: '<name>',
    parse: oneOf(machines.map(({ name }) => name)),
  },
  ...simulatedOptions,
  ...qemuOptions,
  ...linuxOptions,
};

const known: Readonly<Record<string, Option>> = machineOptions;

const isNegated = (option: Option | undefined): boolean => option !== undefined && 'negated' in option;

/** Name and summary of each, for the help. */
export const machineLines: readonly (readonly [name: string, summary: string])[] = machines.map(({ name, summary }) => [
  name,
  summary,
]);

/**
 * The kind of machine that was asked for, or else the default.
 *
 * @param byDefault its name where none was given; one that there is not falls back to the first.
 * @throws UsageError for options that have no meaning on it: none is ignored.
 */
export function machineFor(values: MachineValues, byDefault?: string): MachineKind<MachineValues> {
  const name = values.machine ?? byDefault;
  const kind = machines.find((each) => each.name === name) ?? machines[0];
  for (const [option, value] of Object.entries(values)) {
    // What is left out by `--no-…` is true where nobody said so.
    if (value === true && isNegated(known[option])) continue;
    const isOfAnother = machines.some(({ options }) => Object.hasOwn(options, option));
    if (!isOfAnother || Object.hasOwn(kind.options, option)) continue;
    const owners = machines.filter(({ options }) => Object.hasOwn(options, option)).map((owner) => owner.name);
    throw new UsageError(
      'EINVAL',
      `${longName(option, known[option])} has no meaning on the ${kind.name} machine`,
      kind.instead[option] ?? `use it with --machine ${owners.join(' or ')}`,
    );
  }
  return kind;
}

/** The defaults of an option on each machine, for the help: `simulated: 8, qemu: 2`. */
export function defaultsOf(option: string): string | undefined {
  if (option === 'machine') return machines[0].name;
  const known = machines.flatMap(({ name, defaults }) => {
    const value = defaults[option];
    return value === undefined ? [] : [`${name}: ${value}`];
  });
  return known.length === 0 ? undefined : known.join(', ');
}
