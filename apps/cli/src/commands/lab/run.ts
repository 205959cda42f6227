import { randomBytes } from 'node:crypto';
import type { Server } from 'node:http';
import type { Context } from '../../context.ts';
import { CliError } from '../../error.ts';
import type { Io } from '../../io.ts';
import type { LabJson } from '../../json/small.ts';
import { isMissing } from '../../options/files.ts';
import { plainJson } from '../../render/json.ts';
import type { Request, View } from '../command.ts';
import { hostOffers, withOffers } from './offers.ts';
import { pageFiles } from './page.ts';
import type { Host } from './route.ts';
import { labServer, type Page } from './server.ts';
import type { LabValues } from './values.ts';

/** Only this host: what the page is given stays here. */
const HOST = '127.0.0.1';

const TOKEN_BYTES = 24;

/**
 * Serves the page until the work is to end, with the rollouts of a database where one is given. Who does not know the address, with its
 * token, is shown nothing of the host.
 */
export async function serveLab({ options }: Request<LabValues>, { io }: Context): Promise<void> {
  const { fleet } = options;
  if (fleet === undefined) return await serve(await hostOffers(), options, io);
  const [{ withBooks }, { withFleet }] = await Promise.all([import('./fleet/books.ts'), import('./fleet/routes.ts')]);
  await withBooks(fleet, io, async (books) => await serve(withFleet(await hostOffers(), books), options, io));
}

async function serve(host: Host, options: LabValues, io: Io): Promise<void> {
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  let port = 0;
  const server = labServer(withOffers(readPage(), host), host, () => ({ port, token }));
  port = await listen(server, options.port ?? 0);
  const address = `http://${HOST}:${port}/${token}/`;
  const listening: LabJson = { address };
  io.out(options.json ? plainJson(listening) : `${address}\n`);
  await new Promise<void>((resolve) => {
    if (io.signal?.aborted) resolve();
    io.signal?.addEventListener('abort', () => resolve(), { once: true });
  });
  server.close();
  server.closeAllConnections();
  await host.end();
}

/** @throws CliError where it is not built. */
function readPage(): Page {
  try {
    return pageFiles();
  } catch (cause) {
    if (!isMissing(cause)) throw cause;
    throw new CliError('ENOENT', 'this installation has no page', 'build it: npm run build, in the sources', { cause });
  }
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
