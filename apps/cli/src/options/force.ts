import { MACHINE } from './headings.ts';
import type { Option } from './option.ts';

/** How a host is left. */
export interface ForceValues {
  readonly force?: boolean;
}

/** Where systemd runs, a host is left through it. */
export const forceOption: Option = {
  heading: MACHINE,
  summary: 'reboot at once: services are not stopped first',
};
