import { closest, distance } from 'fastest-levenshtein';
import type { Page } from '../render/page.ts';
import { paragraph } from '../render/table.ts';
import { namesOf, options } from './options.ts';

/** Columns of the names of options, and of what stands before them. */
const NAMES = 34;

/** All options that there are; those that are refused are named by their refusal. */
export function usageText(version: string, page: Page): string {
  const lines = options
    .filter(({ effect }) => !('refused' in effect))
    .map((option) => {
      const names = `${option.short === undefined ? '    ' : ''}${namesOf(option)}`;
      return names.length > NAMES - 4
        ? `  ${names}\n${paragraph(option.summary, page, ' '.repeat(NAMES))}`
        : paragraph(option.summary, page, `  ${names}`.padEnd(NAMES));
    });
  return [
    version,
    'Usage: kexec [OPTION]... [KERNEL]',
    paragraph(
      'Reboots into a kernel: without -l, -p, -e, -f, -u or -S loads it, and calls shutdown -r now. Kernels are taken as they come: Image, also compressed, EFI zboot, unified kernel image, FIT, vmlinux.',
      page,
    ),
    '',
    ...lines,
    '',
  ].join('\n');
}

/** The long option that might be meant. */
export function meant(unknown: string): string | undefined {
  const names = options.flatMap(({ long }) => long);
  const nearest = closest(unknown, names);
  return distance(unknown, nearest) <= Math.max(1, Math.floor(nearest.length / 3)) ? nearest : undefined;
}
