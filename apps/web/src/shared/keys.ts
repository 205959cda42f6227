/** The keys of a record whose keys are all known. */
export const pickKeys = <K extends string>(record: Readonly<Record<K, unknown>>): K[] => {
  const isKey = (key: string): key is K => Object.hasOwn(record, key);
  return Object.keys(record).filter(isKey);
};
