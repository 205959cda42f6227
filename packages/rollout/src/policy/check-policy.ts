import { isZone } from '../inventory/names.ts';
import { parseSelector } from '../inventory/selector.ts';
import { refusal } from '../text/fields.ts';
import { shown } from '../text/shown.ts';
import { minuteOf } from './minutes.ts';
import type { HookCommand, RolloutPolicy, TimeWindow } from './policy.ts';
import { isAmount } from './share.ts';

/** The wave of the hosts that fit no other. */
export const REST_WAVE = 'rest';

const WAVE_NAME = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;
const ARGUMENTS_MAX = 256;
const ARGUMENT_MAX = 4096;

/**
 * What types do not say of a policy: names, selectors, amounts, times of day, zones, commands.
 *
 * @throws RolloutError `EINVAL` with the place of the first fault.
 */
export function checkPolicy(policy: RolloutPolicy): void {
  checkWaves(policy);
  checkAmount(policy.failureBudget, 'failureBudget');
  for (const [at, window] of policy.windows.entries()) checkWindow(window, `windows[${at}]`);
  for (const name of ['drain', 'restore', 'health', 'console', 'notify'] as const) {
    const hook = policy[name];
    if (hook !== undefined) checkHook(hook, name);
  }
  for (const [at, hook] of policy.blockers.entries()) checkHook(hook, `blockers[${at}]`);
  const ofNoHost = [policy.notify, ...policy.blockers].find((hook) => hook?.on === 'host');
  if (ofNoHost !== undefined) {
    const where = ofNoHost === policy.notify ? 'notify' : `blockers[${policy.blockers.indexOf(ofNoHost)}]`;
    throw refusal(`${where}.on`, 'it is about the whole rollout, and has no host', 'give worker, or leave it out');
  }
}

function checkWaves({ waves }: RolloutPolicy): void {
  const names = new Set<string>();
  waves.forEach((wave, at) => {
    const where = `waves[${at}]`;
    if (!WAVE_NAME.test(wave.name)) {
      const hint = 'give letters, digits and "-", a letter or digit first and last, at most 63 characters';
      throw refusal(`${where}.name`, `${shown(wave.name)} is no name of a wave`, hint, wave.name);
    }
    if (wave.name === REST_WAVE) {
      throw refusal(`${where}.name`, `"${REST_WAVE}" is the wave of the hosts that fit no other`, 'give another name');
    }
    if (names.has(wave.name)) {
      throw refusal(
        `${where}.name`,
        `${shown(wave.name)} is there twice`,
        'give each wave a name of its own',
        wave.name,
      );
    }
    names.add(wave.name);
    parseSelector(wave.select, `${where}.select`);
    if (wave.take !== undefined) checkAmount(wave.take, `${where}.take`);
    if (wave.take !== undefined && Number.parseFloat(String(wave.take)) === 0) {
      throw refusal(`${where}.take`, 'it takes no host', 'take one or more, or leave the wave out', wave.take);
    }
    if (wave.failureBudget !== undefined) checkAmount(wave.failureBudget, `${where}.failureBudget`);
  });
}

function checkAmount(value: unknown, where: string): void {
  if (isAmount(value)) return;
  const hint = 'give a whole number of hosts, or a share from 0% to 100%, such as 3% or 0.5%';
  throw refusal(where, `${shown(value)} is no number of hosts`, hint, value);
}

function checkWindow({ days, start, end, zone }: TimeWindow, where: string): void {
  const startMinute = minuteOf(start);
  const endMinute = minuteOf(end);
  const hint = 'give HH:MM, from 00:00 to 23:59, as an end 24:00 as well, in quotes';
  if (startMinute === undefined || startMinute === 1440) {
    throw refusal(`${where}.start`, `${shown(start)} is no time of day`, hint, start);
  }
  if (endMinute === undefined) throw refusal(`${where}.end`, `${shown(end)} is no time of day`, hint, end);
  if (startMinute === endMinute) {
    throw refusal(where, `it ends at ${end}, when it starts`, 'give another end; 00:00 to 24:00 is a whole day', end);
  }
  if (days !== undefined && days.length === 0) {
    throw refusal(`${where}.days`, 'there is no day', 'name a day, or leave it out: every day');
  }
  if (days !== undefined && new Set(days).size < days.length) {
    throw refusal(`${where}.days`, 'a day is there twice', 'name each day once');
  }
  if (zone !== undefined && !isZone(zone)) {
    throw refusal(`${where}.zone`, `there is no zone ${shown(zone)}`, 'give an IANA name such as Europe/Berlin', zone);
  }
}

function checkHook({ argv }: HookCommand, where: string): void {
  if (argv.length > ARGUMENTS_MAX) {
    throw refusal(`${where}.argv`, `${argv.length} arguments`, `give at most ${ARGUMENTS_MAX}`);
  }
  argv.forEach((argument, at) => {
    if (argument.length <= ARGUMENT_MAX && !argument.includes('\0')) return;
    const hint = `give at most ${ARGUMENT_MAX} characters, none of them NUL`;
    throw refusal(`${where}.argv[${at}]`, `${shown(argument)} is no argument`, hint, argument);
  });
  const [program] = argv;
  if (program !== '' && !program.includes('{')) return;
  throw refusal(`${where}.argv[0]`, `${shown(program)} is no program`, 'name it as it is, or by its path', program);
}
