import { askHolder, type FoundHolder, type Host, readHolder, unloadDead } from '@kexeckit/linux';

/** The process whose pages the loaded image stands in. */
export interface Holding extends FoundHolder {
  /** Whether its pages are as they were proved; undefined where it does not say. */
  readonly isWhole: boolean | undefined;
}

/** Who holds what is loaded, dead or alive. Nothing is changed. */
export async function holdingOf(): Promise<Holding | undefined> {
  const found = readHolder();
  if (found === undefined) return undefined;
  if (found.isAlive === false) return { ...found, isWhole: false };
  const answer = await askHolder('check').catch(() => ({ isWhole: undefined }));
  return { ...found, isWhole: answer.isWhole };
}

/** A holder that lives, to be asked for something. What a dead one has held is unloaded first. */
export async function livingHolder(host: Host): Promise<{ living?: FoundHolder; dead?: FoundHolder }> {
  const dead = await unloadDead(host);
  const living = readHolder();
  return { ...(dead && { dead }), ...(living && { living }) };
}
