/** The file that this command is, where it is one: a bundle has its own in the place of this module. */
export const ownFile = (): string | undefined => undefined;
