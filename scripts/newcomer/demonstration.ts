import type { CopyOfTree } from '../testing/copy-of-tree.ts';

/** One row of ARCHITECTURE's table "Where does a newcomer put …", done in a copy of the tree. */
export interface Demonstration {
  /** What is new: the row's first column. */
  readonly row: string;
  /** Adds it. Whatever this writes must be named by the row. */
  readonly add: (copy: CopyOfTree) => void;
  /** What is seen of it, each in a few words. The copy has been built by then, with what all other rows have added. */
  readonly sees: Readonly<Record<string, (copy: CopyOfTree) => void>>;
}

/** An edit that puts text behind the first place that has the anchor. */
export const behind =
  (anchor: string, addition: string) =>
  (text: string): string =>
    text.replace(anchor, (found) => found + addition);

/** An edit that puts text before the first place that has the anchor. */
export const before =
  (anchor: string, addition: string) =>
  (text: string): string =>
    text.replace(anchor, (found) => addition + found);
