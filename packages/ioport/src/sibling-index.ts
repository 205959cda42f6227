/** Placeholder until children are indexed. */
export interface SiblingIndex {
  parent: SiblingIndex | null;
}
