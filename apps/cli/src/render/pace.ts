import type { ProgressUnit } from '@kexeckit/reboot';
import { count, size } from './format.ts';

/** How far something is. */
export interface Step {
  readonly done: number;
  readonly total: number;
  readonly unit: ProgressUnit;
}

/** A piece of a long text, and how far the whole is with it. */
export interface Piece {
  readonly text: string;
  readonly step: Step;
}

/** Seconds before which nobody can say how fast something goes, and nobody asks. */
const EARLY = 0.5;

/** How far it is; once it takes a while also how fast it goes, and how long it will take. @param seconds since it began */
export function paceWords({ done, total, unit }: Step, seconds: number): string {
  const part = `${Math.floor((100 * Math.min(done, total)) / total)} %`;
  // Of instructions only the most is known that there can be.
  const isLimit = unit === 'instructions';
  if (seconds < EARLY || done <= 0) return isLimit ? '' : ` ${part}`;
  const rate = done / seconds;
  const left = Math.max(total - done, 0) / rate;
  if (isLimit) return ` ${millions(done)} ${unit}, ${millions(rate)}/s, at most ${timeWords(left)} left`;
  const speed = unit === 'bytes' ? `${size(rate)}/s` : `${count(Math.round(rate))} ${unit}/s`;
  return ` ${part}, ${speed}, ${timeWords(left)} left`;
}

const millions = (number: number): string => `${(number / 1e6).toFixed(1)} M`;

const timeWords = (seconds: number): string => {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  return seconds < 120 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
};
