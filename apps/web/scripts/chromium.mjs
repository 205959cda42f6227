import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { preview } from 'vite';

/** Debian's Chromium; elsewhere, say where it is with CHROMIUM. */
export const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** Whether there is a browser to drive. */
export const hasChromium = existsSync(executablePath);

const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Starts the browser. */
export const launch = () => chromium.launch({ executablePath, args });

/** Serves the built page on a free port of the loopback interface. */
export async function serveLab() {
  const root = fileURLToPath(new URL('..', import.meta.url));
  if (!existsSync(`${root}/dist/index.html`)) throw new Error('there is no dist/: run `pnpm build` first');
  const server = await preview({ root, logLevel: 'silent', preview: { host: '127.0.0.1', port: 0, open: false } });
  const [url] = server.resolvedUrls?.local ?? [];
  if (url === undefined) throw new Error('the preview server has no address');
  return { url, close: () => server.close() };
}
