/** Parameters of an address that are nobody else's to read. */
const SECRETS: readonly string[] = ['password', 'sslpassword'];

/** The address of a database as it may be shown: what is said ends in logs. An address that cannot be read is not shown at all. */
export function withoutPassword(database: string): string {
  if (!database.includes('://')) return database;
  if (!URL.canParse(database)) return `${database.split('://')[0] ?? ''}://…`;
  const url = new URL(database);
  const secrets = SECRETS.filter((name) => url.searchParams.has(name));
  if (url.password === '' && secrets.length === 0) return database;
  url.password = '';
  for (const name of secrets) url.searchParams.delete(name);
  return url.href;
}
