import type { Command, Family } from './command.ts';
import { compare } from './compare/command.ts';
import { completionFor } from './completion/command.ts';
import { diff } from './diff/command.ts';
import { disasm } from './disasm/command.ts';
import { doctor } from './doctor/command.ts';
import { dtb } from './dtb/command.ts';
import { estimate } from './estimate/command.ts';
import { explain } from './explain/command.ts';
import { fleet } from './fleet/command.ts';
import { exec, status, unload } from './host/command.ts';
import { image } from './image/command.ts';
import { kexec } from './kexec/command.ts';
import { lab } from './lab/command.ts';
import { load } from './load/command.ts';
import { memory } from './memory/command.ts';
import { plan } from './plan/command.ts';
import { prove } from './prove/command.ts';
import { reboot } from './reboot/command.ts';
import { run } from './run/command.ts';
import { tables } from './tables/command.ts';
import { timeline } from './timeline/command.ts';

/** Commands, and families of them, as the help lists them. */
const toldOf: readonly (Command | Family)[] = [
  reboot,
  plan,
  prove,
  diff,
  run,
  compare,
  doctor,
  load,
  exec,
  unload,
  status,
  kexec,
  fleet,
  timeline,
  explain,
  memory,
  estimate,
  image,
  dtb,
  disasm,
  tables,
  lab,
];

/** All commands: completion knows the others. */
export const commands: readonly (Command | Family)[] = [...toldOf, completionFor(toldOf)];
