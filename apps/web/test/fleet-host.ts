import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import type { RolloutStatus } from '@kexeckit/rollout';

const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };

/** What `kexeckit lab` would have in its address, at random. */
const WORD = 'w'.repeat(32);

/** A server that offers rollouts as `kexeckit lab --fleet` does; what it says of one is what was told last. */
export interface FleetHost {
  readonly url: string;
  /** How it stands from then on; undefined: the database does not answer. */
  readonly tell: (status: RolloutStatus | undefined) => void;
  /** Answers so far: with a status, and that nothing has changed. */
  readonly answers: () => { readonly told: number; readonly same: number };
  readonly close: () => void;
}

export async function serveFleet(first: RolloutStatus): Promise<FleetHost> {
  const built = join(import.meta.dirname, '../dist');
  let status: RolloutStatus | undefined = first;
  let version = 0;
  const answers = { told: 0, same: 0 };
  const server = createServer((request, response) => {
    const path = (request.url ?? '/').replace(`/${WORD}/`, '/').slice(1) || 'index.html';
    const json = (code: number, value: object, headers: Readonly<Record<string, string>> = {}): void =>
      void response.writeHead(code, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
    if (path === 'host/fleet') return json(200, { rollouts: [{ id: first.id, state: first.state }] });
    if (path === `host/fleet/${first.id}`) {
      const error = { code: 'ECONNREFUSED', message: 'no database answers', hint: 'start it' };
      if (status === undefined) return json(503, { error });
      if (request.headers['if-none-match'] === `"${version}"`) {
        answers.same += 1;
        return void response.writeHead(304).end();
      }
      answers.told += 1;
      return json(200, status, { etag: `"${version}"` });
    }
    readFile(join(built, path)).then(
      (content) => {
        const meta = '<head><meta name="kexeckit-host" content="host/fleet">';
        const body = path === 'index.html' ? content.toString().replace('<head>', meta) : content;
        response.setHeader('content-type', TYPES[extname(path)] ?? 'text/plain').end(body);
      },
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return {
    url: `http://127.0.0.1:${address.port}/${WORD}/`,
    tell: (next) => {
      status = next;
      version += 1;
    },
    answers: () => answers,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
