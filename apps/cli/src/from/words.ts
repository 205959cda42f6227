import { byFilesOptions } from '../options/by-files.ts';
import { longName, type Option } from '../options/option.ts';
import { requestOptions } from '../options/request.ts';
import { FOLDER } from './init.ts';
import type { FromValues } from './values.ts';

/** Where the next kernel's files are in the old one's root. */
export const NEXT = { kernel: `/${FOLDER}/kernel`, initrd: `/${FOLDER}/initrd`, dtb: `/${FOLDER}/dtb` } as const;

/** Options that are handed on as they were given. */
const handedOn: Readonly<Record<string, Option>> = { ...requestOptions, ...byFilesOptions };

/**
 * The command line that the old kernel runs.
 *
 * @param append the next kernel's command line; undefined: that of its file.
 */
export function wordsOf(values: FromValues, append: string | undefined): string[] {
  const { kernel, initrd, dtb, force, kexecFile, rehearse = 'no' } = values;
  const given: Readonly<Record<string, unknown>> = { ...values, append };
  const files = Object.entries({ kernel, initrd, dtb }).filter(([, path]) => path !== undefined);
  return [
    ...['reboot', '--machine', 'linux', '--json'],
    ...files.flatMap(([name]) => [longName(name), String(Reflect.get(NEXT, name))]),
    ...Object.entries(handedOn).flatMap(([name, option]) => wordOf(name, option, given[name])),
    ...(force ? [longName('force')] : []),
    // An emulated CPU rehearses for minutes; and nobody has configured a capture kernel there.
    ...(kexecFile ? [] : [`${longName('rehearse')}=${rehearse}`, '--no-capture-kernel']),
  ];
}

function wordOf(name: string, option: Option, value: unknown): string[] {
  if (value === undefined || value === 'negated' in option) return [];
  if ('negated' in option || value === true) return [longName(name, option)];
  return value === false ? [] : [`${longName(name)}=${String(value)}`];
}
