import type { Command, Family } from './command.ts';
import { diff } from './diff/command.ts';
import { disasm } from './disasm/command.ts';
import { doctor } from './doctor/command.ts';
import { dtb } from './dtb/command.ts';
import { estimate } from './estimate/command.ts';
import { explain } from './explain/command.ts';
import { exec, status, unload } from './host/command.ts';
import { image } from './image/command.ts';
import { load } from './load/command.ts';
import { memory } from './memory/command.ts';
import { prove } from './prove/command.ts';
import { reboot } from './reboot/command.ts';
import { run } from './run/command.ts';
import { tables } from './tables/command.ts';
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
  timeline,
  explain,
  memory,
  estimate,
  image,
  dtb,
  disasm,
  tables,
];
