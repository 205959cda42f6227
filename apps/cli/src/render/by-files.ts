import type { LoadedByFiles } from '../commands/loaded-by-files.ts';
import { BELOW } from './heading.ts';
import type { Page } from './page.ts';
import { paragraph } from './table.ts';

/** What the running kernel was given. Says what is missing: people may be used to a plan. */
export const filesLines = ({ why, kernel, initrd, cmdline }: LoadedByFiles, page: Page): string[] => [
  paragraph(kernel, page, 'kernel    '),
  paragraph(initrd ?? 'none', page, 'initrd    '),
  paragraph(cmdline, page, 'cmdline   '),
  paragraph(`by kexec_file_load: ${why ?? 'as was asked for'}`, page, BELOW),
  paragraph(
    'the running kernel has planned by itself: there is no plan of ours, no proof and no purgatory',
    page,
    BELOW,
  ),
];
