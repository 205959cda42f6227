// Draws the lab as it is built into docs/lab.png: `pnpm build`, then `pnpm screenshot`. Arguments for a look at other
// states: the file to write, `dark` or `light`, the width, and a strategy.
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { launch, serveLab } from './chromium.mjs';
import { encodeIndexedPng } from './png.mjs';

const [
  file = fileURLToPath(new URL('../../../docs/lab.png', import.meta.url)),
  colorScheme = 'light',
  width = '1280',
  strategy,
] = process.argv.slice(2);
const LIMIT = 300 * 1024;

const lab = await serveLab();
const browser = await launch();
try {
  const page = await browser.newPage({
    colorScheme: colorScheme === 'dark' ? 'dark' : 'light',
    viewport: { width: Number(width), height: 900 },
  });
  await page.goto(lab.url);
  await page.waitForSelector('main[aria-busy="false"]', { timeout: 120_000 });
  if (strategy !== undefined) await page.click(`#tab-${strategy}`);
  await page.mouse.move(0, 0);
  await mkdir(dirname(file), { recursive: true });
  const shot = await page.screenshot({ fullPage: true, animations: 'disabled' });
  const png = await smaller(page, shot);
  await writeFile(file, png);
  console.log(`${file}: ${Math.round(png.length / 1024)} KiB`);
  if (png.length > LIMIT) throw new Error(`${file} is larger than ${LIMIT / 1024} KiB`);
} finally {
  await browser.close();
  await lab.close();
}

/** @param {import('playwright-core').Page} page @param {Buffer} shot */
async function smaller(page, shot) {
  const { width, height, pixels } = await page.evaluate(
    async (url) => {
      const bitmap = await createImageBitmap(await (await fetch(url)).blob());
      const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
      if (context === null) throw new Error('no canvas');
      context.drawImage(bitmap, 0, 0);
      const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
      let text = '';
      for (let at = 0; at < data.length; at += 32768) text += String.fromCharCode(...data.subarray(at, at + 32768));
      return { width: bitmap.width, height: bitmap.height, pixels: btoa(text) };
    },
    `data:image/png;base64,${shot.toString('base64')}`,
  );
  return encodeIndexedPng(Buffer.from(pixels, 'base64'), width, height);
}
