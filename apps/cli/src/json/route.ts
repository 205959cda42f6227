import { routeNames } from '@kexeckit/linux';
import * as v from 'valibot';
import { flag, list, object, text, texts, word } from './parts.ts';

/** What a file of the host says. */
export const evidence = list(
  object(
    { path: text('the file, as it is called on the host'), text: text('what it says') },
    'a file, and what it says',
  ),
  'which files said so',
);

/** The name of a route. */
export const route = word(routeNames, 'the strategy by which this host can kexec');

/** Whether a host offers a route. */
export const offer = object(
  {
    strategy: route,
    offered: v.nullable(flag('null: what decides could not be read')),
    why: texts('what it would use, or each reason why it is not offered'),
    evidence,
  },
  'a route, and whether the host offers it',
);
