import { readFile } from 'node:fs/promises';
import type { Offers, Page } from './server.ts';

/** `/proc/iomem` of this host, under the name that the page knows. */
const IOMEM = 'host/iomem';

/** What this host offers to the page beyond its files; nothing where it is no Linux. */
export function hostOffers(platform: string = process.platform): Offers {
  return new Map(platform === 'linux' ? [[IOMEM, () => readFile('/proc/iomem', 'utf8')]] : []);
}

/** The page, which is told in its head what is offered: served by anybody else it looks for nothing. */
export function withOffers(page: Page, offers: Offers): Page {
  const index = page.get('index.html');
  if (index === undefined) return page;
  const told = `<meta name="kexeckit-host" content="${[...offers.keys()].join(' ')}">`;
  const text = Buffer.from(index).toString('utf8').replace('<head>', `<head>${told}`);
  return new Map([...page, ['index.html', Buffer.from(text)]]);
}
