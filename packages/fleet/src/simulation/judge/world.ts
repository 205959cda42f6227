import type { HostEvent, LedgerEntry } from '../ledger.ts';

/** An event of a host of one kind, with its time. */
export type Of<Kind extends HostEvent['event']> = { readonly at: number; readonly host: string } & Extract<
  HostEvent,
  { readonly event: Kind }
>;

/** What the ledger says of a host. */
export interface HostStory {
  readonly commits: readonly Of<'commit'>[];
  readonly claims: readonly Of<'claim'>[];
  readonly ups: readonly Of<'up'>[];
  readonly downs: readonly Of<'down'>[];
  /** Commits that found no drained host. */
  readonly commitsUndrained: number;
  /** How it stands at the end. */
  readonly isLoaded: boolean;
  readonly isDrained: boolean;
  /** Whether somebody tried to restore it since it was last drained. */
  readonly isRestoreTried: boolean;
  /** Whether anything was loaded, drained or committed. */
  readonly isTouched: boolean;
  /** How often the network kept something from it, and whether that is the last that is known. */
  readonly cuts: number;
  readonly endsCut: boolean;
}

/** A note of the test. */
export interface Note {
  readonly at: number;
  readonly what: string;
}

/** What really happened, by host. */
export interface World {
  /** The story of a host that nobody asked anything is empty. */
  of(host: string): HostStory;
  readonly hosts: readonly string[];
  readonly notes: readonly Note[];
}

const NOTHING: HostStory = {
  commits: [],
  claims: [],
  ups: [],
  downs: [],
  commitsUndrained: 0,
  isLoaded: false,
  isDrained: false,
  isRestoreTried: false,
  isTouched: false,
  cuts: 0,
  endsCut: false,
};

/** Reads what really happened from the ledger. */
export function worldOf(ledger: readonly LedgerEntry[]): World {
  const stories = new Map<string, HostStory>();
  const notes: Note[] = [];
  for (const entry of ledger) {
    if (entry.event === 'note') notes.push(entry);
    else stories.set(entry.host, told(stories.get(entry.host) ?? NOTHING, entry));
  }
  return { of: (host) => stories.get(host) ?? NOTHING, hosts: [...stories.keys()], notes };
}

/** The story goes on by one entry. */
function told(before: HostStory, entry: Exclude<LedgerEntry, { event: 'note' }>): HostStory {
  const story = { ...before, endsCut: false };
  switch (entry.event) {
    case 'load':
      return { ...story, isLoaded: true, isTouched: true };
    case 'unload':
      return { ...story, isLoaded: false };
    case 'drain':
      return { ...story, isDrained: true, isRestoreTried: false, isTouched: true };
    case 'restore':
      return { ...story, isDrained: false, isRestoreTried: true };
    case 'restore-failed':
      return { ...story, isRestoreTried: true };
    case 'claim':
      return { ...story, claims: [...story.claims, entry], isTouched: true };
    case 'commit':
      return {
        ...story,
        commits: [...story.commits, entry],
        commitsUndrained: story.commitsUndrained + (story.isDrained ? 0 : 1),
        isLoaded: false,
        isTouched: true,
      };
    case 'up':
      return { ...story, ups: [...story.ups, entry] };
    case 'down':
      return { ...story, downs: [...story.downs, entry] };
    case 'cut':
      return { ...story, cuts: story.cuts + 1, endsCut: true };
    case 'write':
    case 'exec-refused':
      return story;
  }
}
