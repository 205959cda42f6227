/** What a holder tells the process that has started it. */
export interface HolderMessage {
  readonly out?: string;
  readonly err?: string;
  /** Its work has ended, with this exit code; with 0 it goes on holding. */
  readonly ended?: number;
}

/** A message as it came from another process. */
export function messageOf(value: unknown): HolderMessage {
  const { out, err, ended }: Partial<Record<keyof HolderMessage, unknown>> = Object(value);
  return {
    ...(typeof out === 'string' && { out }),
    ...(typeof err === 'string' && { err }),
    ...(typeof ended === 'number' && { ended }),
  };
}
