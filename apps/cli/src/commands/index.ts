import type { Command, Family } from './command.ts';
import { diff } from './diff/command.ts';
import { doctor } from './doctor/command.ts';
import { exec, status, unload } from './host/command.ts';
import { kexec } from './kexec/command.ts';
import { load } from './load/command.ts';
import { prove } from './prove/command.ts';
import { reboot } from './reboot/command.ts';
import { run } from './run/command.ts';
import { timeline } from './timeline/command.ts';

/** All commands, and families of them, as the help lists them. */
export const commands: readonly (Command | Family)[] = [
  reboot,
  prove,
  diff,
  run,
  doctor,
  load,
  exec,
  unload,
  status,
  kexec,
  timeline,
];
