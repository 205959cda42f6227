// Draws the pictures of the READMEs from the lab as it is built: `pnpm build`, then `pnpm pictures`. With names of views, these
// alone: `pnpm pictures reboot`.
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { launch, serveLab } from './chromium.mjs';

/**
 * @typedef {object} Picture
 * @property {string} link what follows the address of the lab
 * @property {string} file in docs/
 * @property {(page: import('playwright-core').Page) => Promise<unknown>} [prepare] brings the page into the state to be shown
 */

/** @type {Record<string, Picture>} */
const pictures = {
  reboot: { link: '', file: 'lab.png' },
};

/** Bytes that a picture may have: it is loaded by everyone who opens the README. */
const LIMIT = 300 * 1024;
const TIMEOUT = 300_000;

const wanted = process.argv.slice(2);
for (const name of wanted) if (!(name in pictures)) throw new Error(`there is no picture ${name}`);

const lab = await serveLab();
const browser = await launch();
try {
  for (const [name, picture] of Object.entries(pictures))
    if (wanted.length === 0 || wanted.includes(name)) await draw(picture);
} finally {
  await browser.close();
  await lab.close();
}

/** @param {Picture} picture */
async function draw({ link, file, prepare }) {
  const page = await browser.newPage({ colorScheme: 'light', viewport: { width: 1280, height: 900 } });
  page.setDefaultTimeout(TIMEOUT);
  await page.goto(`${lab.url}${link}`);
  await page.waitForSelector('main[aria-busy="false"]');
  await prepare?.(page);
  await page.mouse.move(0, 0);
  const shot = await page.screenshot({ fullPage: true, animations: 'disabled' });
  await keep(file, await sharp(shot).png({ palette: true, effort: 10 }).toBuffer());
  await page.close();
}

/** @param {string} file @param {Buffer} content */
async function keep(file, content) {
  const path = fileURLToPath(new URL(`../../../docs/${file}`, import.meta.url));
  await writeFile(path, content);
  console.log(`${path}: ${Math.round(content.length / 1024)} KiB`);
  if (content.length > LIMIT) throw new Error(`${path} is larger than ${LIMIT / 1024} KiB`);
}
