import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Where the built page may be: beside the command, or in the workspace that both are built in. */
const PLACES = ['../../../lab/', '../../../../web/dist/'] as const;

/** The folder of the built page; undefined where there is none. A bundle has none: no file is beside it. */
export const pageFolder = (): string | undefined =>
  PLACES.map((place) => fileURLToPath(new URL(place, import.meta.url))).find((place) => existsSync(place));
