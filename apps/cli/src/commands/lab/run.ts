import { createServer, type Server } from 'node:http';
import sirv from 'sirv';
import type { Context } from '../../context.ts';
import { CliError } from '../../error.ts';
import type { LabJson } from '../../json/small.ts';
import { plainJson } from '../../render/json.ts';
import type { Request, View } from '../command.ts';
import { pageFolder } from './page-folder.ts';
import type { LabValues } from './values.ts';

/** Only this host: what the page is given stays here. */
const HOST = '127.0.0.1';

/** Serves the page until the work is to end. */
export async function serveLab({ options }: Request<LabValues>, { io }: Context): Promise<void> {
  const folder = pageFolder();
  if (folder === undefined)
    throw new CliError('ENOENT', 'this installation has no page', 'build it: npm run build, in the sources');
  const files = sirv(folder, { etag: true });
  const server = createServer((request, response) => {
    files(request, response, () => {
      response.writeHead(404).end();
    });
  });
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
