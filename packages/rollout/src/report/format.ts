/** Milliseconds as people read them: `0.35 s`, `42.1 s`, `12 min 5 s`, `3 h 20 min`. */
export function secondsText(ms: number): string {
  if (!Number.isFinite(ms)) return '–';
  if (ms < 0) return `−${secondsText(-ms)}`;
  if (ms < 10_000) return `${(ms / 1000).toFixed(2)} s`;
  if (ms < 120_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** The furthest moment that a date can be. */
const MOMENT_MAX = 8.64e15;

/** A moment in UTC, to the second. */
export function momentText(ms: number | undefined): string {
  if (ms === undefined || !(Math.abs(ms) <= MOMENT_MAX)) return '–';
  return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** A whole number with thin spaces between thousands. */
export function countText(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ' ');
}

/** A number of hosts. */
export function hostsText(count: number): string {
  return count === 1 ? 'one host' : `${countText(count)} hosts`;
}
