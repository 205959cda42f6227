import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { extname } from 'node:path';
import type { Context } from '../../context.ts';
import { CliError } from '../../error.ts';
import type { LabJson } from '../../json/small.ts';
import { isMissing } from '../../options/files.ts';
import { plainJson } from '../../render/json.ts';
import type { Request, View } from '../command.ts';
import { pageFiles } from './page.ts';
import type { LabValues } from './values.ts';

/** Only this host: what the page is given stays here. */
const HOST = '127.0.0.1';

/** What the page is made of. */
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
};

/** Serves the page until the work is to end. */
export async function serveLab({ options }: Request<LabValues>, { io }: Context): Promise<void> {
  const page = readPage();
  const server = createServer((request, response) => answer(page, request, response));
  const port = await listen(server, options.port ?? 0);
  const address = `http://${HOST}:${port}/`;
  const listening: LabJson = { address };
  io.out(options.json ? plainJson(listening) : `${address}\n`);
  await new Promise<void>((resolve) => {
    if (io.signal?.aborted) resolve();
    io.signal?.addEventListener('abort', () => resolve(), { once: true });
  });
  server.closeAllConnections();
  server.close();
}

type Page = ReadonlyMap<string, Uint8Array>;

/** @throws CliError where it is not built. */
function readPage(): Page {
  try {
    return pageFiles();
  } catch (cause) {
    if (!isMissing(cause)) throw cause;
    throw new CliError('ENOENT', 'this installation has no page', 'build it: npm run build, in the sources', { cause });
  }
}

/** Nothing but what is in the page can be asked for. */
function answer(page: Page, { url = '/', method }: IncomingMessage, response: ServerResponse): void {
  const [path = '/'] = url.split('?');
  const name = path === '/' ? 'index.html' : path.slice(1);
  const content = page.get(name);
  if (content === undefined) return void response.writeHead(404).end();
  if (method !== 'GET' && method !== 'HEAD') return void response.writeHead(405, { allow: 'GET, HEAD' }).end();
  response.writeHead(200, {
    'content-type': TYPES[extname(name)] ?? 'application/octet-stream',
    'content-length': content.length,
    'cache-control': 'no-cache',
  });
  response.end(method === 'HEAD' ? undefined : content);
}

/** The port that it listens at. @throws CliError where it is somebody else's. */
async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new CliError('EIO', `cannot listen at port ${port}: ${cause.message}`, 'give another --port', { cause })),
    );
    server.listen(port, HOST, resolve);
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

/** All has been said when it began. */
export const labView: View<void> = { text: () => '', json: () => undefined };
