import type { Command, Family } from './command.ts';
import { compare } from './compare/command.ts';
import { completionFor } from './completion/command.ts';
import { diff } from './diff/command.ts';
import { doctor } from './doctor/command.ts';
import { estimate } from './estimate/command.ts';
import { explain } from './explain/command.ts';
import { exec, status, unload } from './host/command.ts';
import { lab } from './lab/command.ts';
import { load } from './load/command.ts';
import { memory } from './memory/command.ts';
import { plan } from './plan/command.ts';
import { prove } from './prove/command.ts';
import { reboot } from './reboot/command.ts';
import { run } from './run/command.ts';
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
  timeline,
  explain,
  memory,
  estimate,
  lab,
];

/** All commands: completion knows the others. */
export const commands: readonly (Command | Family)[] = [...toldOf, completionFor(toldOf)];
