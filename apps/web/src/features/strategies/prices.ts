import { fittedMachines, type MachineProfile, parseProfile } from '@kexeckit/cost';
import type { DeskText } from '../../desk/subject.ts';

/** Whose prices bars can have. */
export interface PricesChoice {
  /** What the address calls it. */
  readonly name: string;
  readonly title: string;
  /** Undefined for a machine that nobody has measured. */
  readonly profile: MachineProfile | undefined;
}

const UNKNOWN: PricesChoice = { name: 'unknown', title: 'unknown machine: no prices', profile: undefined };
const DESK = 'desk';

const published: readonly PricesChoice[] = fittedMachines.map(({ profile }) => ({
  name: profile.name,
  title: `${profile.machine}: published figures`,
  profile,
}));

/** All that can be chosen; a profile on the desk comes first. */
export function pricesChoices(item: DeskText | undefined): readonly PricesChoice[] {
  const profile = item && profileIn(item);
  if (profile === undefined) return [...published, UNKNOWN];
  const { name, machine, measured } = profile;
  return [{ name: DESK, title: `${name}, of the desk: ${machine}, ${measured}`, profile }, ...published, UNKNOWN];
}

/** What lies on the desk was checked when it came; a browser may have kept one of another version. */
function profileIn({ text }: DeskText): MachineProfile | undefined {
  try {
    return parseProfile(text);
  } catch {
    return undefined;
  }
}

/**
 * The choice of a name. Without one: the profile on the desk; else the published one, where the machine on the desk is that which was
 * measured; else none, as nobody knows.
 */
export function choiceNamed(
  name: string | undefined,
  choices: readonly PricesChoice[],
  isMeasuredMachine: boolean,
): PricesChoice {
  const named = choices.find((choice) => choice.name === name);
  if (named !== undefined) return named;
  const [first = UNKNOWN] = choices;
  return first.name === DESK || isMeasuredMachine ? first : UNKNOWN;
}
