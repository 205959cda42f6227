import { MACHINE, NEXT_KERNEL } from './headings.ts';
import type { Option } from './option.ts';

/** What is done although kexeckit would rather not. */
export interface ForceValues {
  readonly force?: boolean;
}

/** The same where files are given, too. */
export const forceFilesOption: Option = {
  heading: NEXT_KERNEL,
  summary:
    'take an initial RAM disk that Linux would not unpack; with linux also: reboot at once, stop no services first',
};

/** The same where nothing is left yet. */
export const forceInitrdOption: Option = {
  heading: NEXT_KERNEL,
  summary: 'take an initial RAM disk that Linux would not unpack',
};

/** Where systemd runs, a host is left through it. */
export const forceOption: Option = {
  heading: MACHINE,
  summary: 'reboot at once: services are not stopped first',
};
