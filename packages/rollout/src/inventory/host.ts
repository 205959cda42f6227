/** A host of an inventory. Labels choose waves, zones and exceptions. */
export interface HostEntry {
  /** Unique in the inventory: letters, digits, `.`, `_` and `-`, neither `-` nor `.` first; at most 253 characters. */
  readonly name: string;
  /** What its transport connects to, such as an alias of the user's own SSH configuration; the name where left out. */
  readonly address?: string | undefined;
  /** `ssh` where left out. */
  readonly transport?: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
}

/** The hosts, in the order of the inventory. */
export interface Inventory {
  readonly hosts: readonly HostEntry[];
}
