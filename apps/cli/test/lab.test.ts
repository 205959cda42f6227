import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { kexeckitHere, start } from './kexeckit.ts';
import { endOf } from './processes.ts';
import { assertPublished } from './published.ts';

test('serves the page on this host alone until Ctrl-C', async () => {
  const child = start(['lab', '--json'], { ...process.env, NO_COLOR: '1' });
  const [first] = await once(child.stdout?.setEncoding('utf8') ?? child, 'data');
  assertPublished(['lab', '--json'], String(first), 0);
  const { address } = JSON.parse(String(first));
  expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
  const page = await fetch(address);
  expect(page.status).toBe(200);
  const text = await page.text();
  const [, script = ''] = /<script[^>]*src="\.\/([^"]+)"/.exec(text) ?? [];
  expect((await fetch(`${address}${script}`)).headers.get('content-type')).toMatch(/javascript/);
  for (const path of ['nothing', '..%2f..%2fpackage.json', '%2e%2e/package.json'])
    expect((await fetch(`${address}${path}`)).status).toBe(404);
  const { code, err } = await endOf(child, Promise.resolve(), () => child.kill('SIGINT'));
  expect([code, err]).toEqual([130, '']);
});

test('a port that somebody has is said', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const address = other.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const { code, err } = await kexeckitHere(['lab', '--port', String(port)]);
  expect(code).toBe(1);
  expect(err).toMatch(/cannot listen at port \d+: .*EADDRINUSE.*; give another --port/);
  other.close();
});
