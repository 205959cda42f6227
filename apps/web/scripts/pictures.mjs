// Draws the pictures of the READMEs from the lab as it is built: `pnpm build`, then `pnpm pictures`. With names of views, these
// alone: `pnpm pictures reboot`.
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { launch, serveLab } from './chromium.mjs';

/** @typedef {import('playwright-core').Page} Page */

/**
 * @typedef {object} Picture
 * @property {string} link what follows the address of the lab
 * @property {string} file in docs/
 * @property {(page: Page) => Promise<unknown>} [prepare] brings the page into the state to be shown
 * @property {(page: Page) => AsyncIterable<unknown>} [play] goes on from frame to frame, where the picture moves
 */

/** @type {Record<string, Picture>} */
const pictures = {
  reboot: { link: '', file: 'lab.png' },
  memory: { link: '#/memory', file: 'lab-memory.png', prepare: zoomToSources },
  strategies: { link: '#/strategies', file: 'lab-strategies.png' },
  reservation: { link: '#/reservation?line=crashkernel%3D1G%2Chigh', file: 'lab-reservation.png' },
  tables: { link: '#/tables?kernelMib=1&initrdMib=1', file: 'lab-tables.png' },
  evidence: { link: '#/evidence?log=debian-kexec', file: 'lab-evidence.png' },
  fleet: { link: '#/fleet?rollout-example=large&rollout-at=62', file: 'lab-fleet.png' },
  player: { link: '#/player?kernelMib=1&initrdMib=1&breadcrumbs=yes', file: 'lab-player.webp', play: steps },
};

/** Bytes that a picture may have: it is loaded by everyone who opens the README. */
const LIMIT = 400 * 1024;
const TIMEOUT = 300_000;
/** Of the window, where a picture moves. */
const MOVING = { width: 1280, height: 900 };
const MOVING_WIDTH = 960;
const FRAMES = 24;
const FRAME_MS = 250;

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
async function draw({ link, file, prepare, play }) {
  const page = await browser.newPage({ colorScheme: 'light', viewport: MOVING });
  page.setDefaultTimeout(TIMEOUT);
  await page.goto(`${lab.url}${link}`);
  await page.waitForSelector('main:not([aria-busy="true"])');
  // What is drawn on a canvas comes with the next frames.
  await page.waitForTimeout(500);
  await prepare?.(page);
  await page.mouse.move(0, 0);
  await keep(file, play === undefined ? await still(page) : await moving(page, play(page)));
  await page.close();
}

/** @param {Page} page */
async function still(page) {
  const shot = await page.screenshot({ fullPage: true, animations: 'disabled' });
  return await sharp(shot).png({ palette: true, effort: 10 }).toBuffer();
}

/** @param {Page} page @param {AsyncIterable<unknown>} frames */
async function moving(page, frames) {
  const shots = [];
  for await (const _ of frames)
    shots.push(
      await sharp(await page.screenshot({ animations: 'disabled' }))
        .resize({ width: MOVING_WIDTH })
        .png()
        .toBuffer(),
    );
  const delay = shots.map((_, frame) => (frame === shots.length - 1 ? 3000 : FRAME_MS));
  return await sharp(shots, { join: { animated: true } })
    .webp({ quality: 50, effort: 6, loop: 0, delay })
    .toBuffer();
}

/** The routine from its beginning to the jump, in equal parts. @param {Page} page */
async function* steps(page) {
  const scrub = page.getByRole('slider', { name: 'Instruction' });
  await scrub.waitFor();
  const last = Number(await scrub.getAttribute('max'));
  for (let frame = 0; frame <= FRAMES; frame++) {
    const step = Math.round((last * frame) / FRAMES);
    await scrub.fill(String(step));
    await page.waitForSelector(`.place[data-step="${step}"]`);
    yield step;
  }
}

/** @param {Page} page */
async function zoomToSources(page) {
  await page.getByRole('application').focus();
  await page.keyboard.press('PageDown');
}

/** @param {string} file @param {Buffer} content */
async function keep(file, content) {
  const path = fileURLToPath(new URL(`../../../docs/${file}`, import.meta.url));
  await writeFile(path, content);
  console.log(`${path}: ${Math.round(content.length / 1024)} KiB`);
  if (content.length > LIMIT) throw new Error(`${path} is larger than ${LIMIT / 1024} KiB`);
}
