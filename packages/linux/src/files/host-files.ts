import type { Reading } from '../reading.ts';

/** Something in a folder. A link is neither file nor folder. */
export interface FolderEntry {
  readonly name: string;
  readonly kind: 'file' | 'folder' | 'other';
}

/** Where what decides is read: the host itself, a copied tree, or a bundle. Paths are as the host calls them. */
export interface HostFiles {
  /** The architecture as `uname -m` has it, where these are the files of a machine that was asked for it. */
  readonly machine: string | undefined;
  /** The bytes of a regular file. Never waits. */
  read(path: string): Promise<Reading<Uint8Array>>;
  /**
   * The first lines of a text that match, at most so many; the text may be much larger than what {@link read} reads. Of
   * `/dev/kmsg`, which is no file, the first line of each record.
   */
  find(path: string, pattern: RegExp, most: number): Promise<Reading<readonly string[]>>;
  /** What stands in a folder. */
  list(path: string): Promise<Reading<readonly FolderEntry[]>>;
  /** Whether something of this name is there. */
  exists(path: string): Promise<Reading<boolean>>;
  /** Opens it to read and write, and closes it again: known means that this process may. */
  opens(path: string): Promise<Reading<true>>;
}
