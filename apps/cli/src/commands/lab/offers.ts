import { readFile } from 'node:fs/promises';
import { sendText } from './answer.ts';
import type { CommandOf } from './qemu/boot-process.ts';
import { type QemuLimits, qemuLimits } from './qemu/limits.ts';
import type { Host, Place } from './route.ts';
import type { Page } from './server.ts';

/** `/proc/iomem` of this host, and machines of its QEMU, under the names that the page knows. */
const IOMEM = 'host/iomem';
const QEMU = 'host/qemu';

const iomem: Place = {
  GET: { answer: async (_, response) => sendText(response, await readFile('/proc/iomem', 'utf8')) },
};

/**
 * What this host offers to the page beyond its files: its map where it is Linux, machines where QEMU for Arm is installed.
 *
 * @param command starts this command again: the running one, by default.
 */
export async function hostOffers(
  limits: QemuLimits = qemuLimits,
  platform: string = process.platform,
  command?: CommandOf,
): Promise<Host> {
  const [{ isQemuThere }, { QemuRuns }, { qemuPlace }] = await Promise.all([
    import('@kexeckit/qemu'),
    import('./qemu/runs.ts'),
    import('./qemu/routes.ts'),
  ]);
  const runs = isQemuThere() ? new QemuRuns(limits, command) : undefined;
  const hasMap = platform === 'linux';
  return {
    offers: [...(hasMap ? [IOMEM] : []), ...(runs ? [QEMU] : [])],
    placeOf: (path) => {
      if (path === IOMEM) return hasMap ? iomem : undefined;
      if (runs === undefined || !(path === QEMU || path.startsWith(`${QEMU}/`))) return undefined;
      return qemuPlace(runs, path.slice(QEMU.length + 1));
    },
    end: async () => await runs?.end(),
  };
}

/**
 * The page, which is told in its head what is offered: served by anybody else it looks for nothing. Its files are asked for at the top:
 * where it is opened by the address with the word in it, theirs are without.
 */
export function withOffers(page: Page, { offers }: Host): Page {
  const index = page.get('index.html');
  if (index === undefined) return page;
  const told = `<meta name="kexeckit-host" content="${offers.join(' ')}">`;
  const text = Buffer.from(index).toString('utf8').replace('<head>', `<head>${told}`).replaceAll('="./', '="/');
  return new Map([...page, ['index.html', Buffer.from(text)]]);
}
