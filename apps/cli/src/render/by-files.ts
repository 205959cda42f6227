import type { LoadedByFiles } from '../commands/loaded-by-files.ts';

/** What the running kernel was given. Says what is missing: people may be used to a plan. */
export const filesLines = ({ why, kernel, initrd, cmdline }: LoadedByFiles): string[] => [
  `kernel    ${kernel}`,
  `initrd    ${initrd ?? 'none'}`,
  `cmdline   ${cmdline}`,
  `          by kexec_file_load: ${why ?? 'as was asked for'}`,
  '          the running kernel has planned by itself: there is no plan of ours, no proof and no purgatory',
];
