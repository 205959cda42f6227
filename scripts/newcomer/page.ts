import { expect } from 'vitest';
import { bundled } from './bundle.ts';
import { before, type Demonstration } from './demonstration.ts';

const VIEW = `import type { JSX } from 'solid-js';
import { greeting } from './model.ts';
import './style.css';

/** A page that greets. */
export function HelloPage(): JSX.Element {
  return (
    <main class="hello">
      <p>{greeting('lab')}</p>
    </main>
  );
}
`;

const MODEL = `/** What a page says to someone. */
export const greeting = (whom: string): string => \`Welcome to the \${whom}.\`;
`;

const STYLE = `.hello p {
  font-size: 20px;
}
`;

const ROUTE = `  {
    path: '/hello',
    title: 'Hello from here',
    lead: () => 'A page that greets.',
    page: HelloPage,
  },
`;

/** A page that greets. */
export const page: Demonstration = {
  row: 'new page',
  add: (copy) => {
    copy.write('apps/web/src/features/hello/HelloPage.tsx', VIEW);
    copy.write('apps/web/src/features/hello/model.ts', MODEL);
    copy.write('apps/web/src/features/hello/style.css', STYLE);
    const routes = 'apps/web/src/shell/routes.tsx';
    copy.edit(routes, before('import type { Lab }', "import { HelloPage } from '../features/hello/HelloPage.tsx';\n"));
    copy.edit(routes, (text) => text.replace(/\];\n$/, `${ROUTE}];\n`));
  },
  sees: {
    'the lab is built with it': (copy) => {
      for (const text of ['Hello from here', 'Welcome to the'])
        expect(bundled(copy, text)).toEqual([expect.stringMatching(/^index-/)]);
    },
  },
};
