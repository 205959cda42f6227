import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { whyNoQemu } from '@kexeckit/testing';
import { expect, test } from 'vitest';
import { kexeckitHere } from './kexeckit.ts';
import { sent, status, withLab } from './lab-client.ts';

test("serves the page, its files and this machine's map on this host alone until Ctrl-C", async () => {
  await withLab(async (address) => {
    expect(address.href).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/[\w-]{32}\/$/);
    const page = await fetch(address);
    expect(page.status).toBe(200);
    const policy = page.headers.get('content-security-policy');
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe-inline|unsafe-eval(?<!wasm-unsafe-eval)/);
    const text = await page.text();
    const offers = whyNoQemu() === undefined ? 'host/iomem host/qemu' : 'host/iomem';
    expect(text).toContain(`<meta name="kexeckit-host" content="${offers}">`);
    // The policy forbids scripts and styles in the page itself.
    expect(text).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=/);
    // Of the word in the address nothing is in the addresses of files.
    const [, script = ''] = /<script[^>]*src="(\/assets\/[^"]+)"/.exec(text) ?? [];
    expect((await fetch(new URL(script, address))).headers.get('content-type')).toMatch(/javascript/);
    expect(await (await fetch(new URL('host/iomem', address))).text()).toBe(readFileSync('/proc/iomem', 'utf8'));
    expect(await (await fetch(address.origin)).text()).toBe(text);
    for (const path of ['/host/iomem', '/host/qemu', `/${'A'.repeat(32)}/host/iomem`])
      expect([path, (await fetch(new URL(path, address))).status]).toEqual([path, 404]);
    for (const path of ['nothing', '..%2f..%2fpackage.json', '%2e%2e/package.json'])
      expect((await fetch(new URL(path, address))).status).toBe(404);
    // Two labs have nothing in common.
    await withLab(async (other) => expect(other.pathname).not.toBe(address.pathname));
  });
});

test('turns away whoever is not the page', async () => {
  await withLab(async (address) => {
    const { host, pathname } = address;
    const ask = (path: string, ...headers: string[]): Promise<string> =>
      sent(address, [`GET ${path} HTTP/1.1`, ...headers, 'Connection: close', '', ''].join('\r\n'));
    const own = `Host: ${host}`;
    expect(status(await ask(pathname, own))).toBe('200');
    expect(status(await ask('/', own))).toBe('200');
    expect(status(await ask('/', 'Host: rebound.example'))).toBe('421');
    expect(status(await ask('/', own, 'Origin: http://evil.example'))).toBe('403');
    expect(status(await ask('/host/iomem', own))).toBe('404');
    expect(status(await ask(`${pathname}../../../../etc/passwd`, own))).toBe('404');
    expect(status(await ask(pathname, 'Host: rebound.example'))).toBe('421');
    expect(status(await ask(pathname, own, 'Origin: http://evil.example'))).toBe('403');
    expect(status(await ask(pathname, own, `X: ${'x'.repeat(10_000)}`))).toBe('431');
    for (const second of ['Host: rebound.example', own, 'Origin: null\r\nOrigin: null'])
      expect(status(await ask(pathname, own, second))).toBe('400');
    // Behind more headers than Node keeps by itself.
    expect(status(await ask(pathname, own, ...Array(2000).fill('a:'), 'Origin: null'))).toBe('403');
    // What it cannot do is said, and the connection ends.
    expect(status(await sent(address, `GET ${pathname} HTTP/1.1\r\n${own}\r\nExpect: magic\r\n\r\n`, 3000))).toBe(
      '417',
    );
    const body = `POST ${pathname} HTTP/1.1\r\n${own}\r\nOrigin: http://${host}\r\nContent-Length: 1000000000\r\n\r\n${'x'.repeat(100_000)}`;
    expect(status(await sent(address, body))).toBe('405');
  });
});

test('does not wait for a request that does not come to its end', async () => {
  await withLab(async (address) => {
    expect(status(await sent(address, `GET ${address.pathname} HTTP/1.1\r\nHost: ${address.host}\r\n`))).toBe('408');
  });
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
