import type { IncomingMessage, ServerResponse } from 'node:http';
import { errorFacts } from '../../../render/error-facts.ts';
import { complain, POLICY, sendJson } from '../answer.ts';
import type { Host, Place } from '../route.ts';
import type { Statuses } from './statuses.ts';

/** Rollouts of the database, under the name that the page knows. */
const FLEET = 'host/fleet';

/** What is asked of a database; nothing changes in it. */
export interface FleetBooks {
  /** Every rollout, the newest first. */
  readonly list: () => Promise<readonly { readonly id: string; readonly state: string }[]>;
  readonly statuses: Statuses;
}

/** The same host, which offers rollouts as well: `host/fleet` lists them, `host/fleet/ID` is the status of one. */
export function withFleet(host: Host, books: FleetBooks): Host {
  return {
    ...host,
    offers: [...host.offers, FLEET],
    placeOf: (path) => fleetPlace(books, path) ?? host.placeOf(path),
  };
}

function fleetPlace({ list, statuses }: FleetBooks, path: string): Place | undefined {
  if (path === FLEET)
    return {
      GET: { answer: (_, response) => told(response, async () => sendJson(response, 200, { rollouts: await list() })) },
    };
  const id = idIn(path);
  if (id === undefined) return undefined;
  return { GET: { answer: (request, response) => told(response, () => sendStatus(statuses, id, request, response)) } };
}

/** Letters, digits and `-`: an id needs no escape. */
const STATUS = new RegExp(`^${FLEET}/([A-Za-z0-9-]{1,64})$`);

const idIn = (path: string): string | undefined => STATUS.exec(path)?.[1];

async function sendStatus(
  statuses: Statuses,
  id: string,
  { headers }: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { body, tag } = await statuses.of(id);
  if (headers['if-none-match'] === tag) return void response.writeHead(304, { ...POLICY, etag: tag }).end();
  response.writeHead(200, { ...POLICY, etag: tag, 'content-type': 'application/json', 'content-length': body.length });
  response.end(body);
}

/** Tells the page what is wrong, in words: it asks again. */
async function told(response: ServerResponse, answer: () => Promise<void>): Promise<void> {
  try {
    await answer();
  } catch (error) {
    const { code, message, hint = '' } = errorFacts(error, { phase: undefined });
    complain(response, code === 'ENOENT' ? 404 : 503, { code, message, hint });
  }
}
