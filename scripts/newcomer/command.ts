import { expect } from 'vitest';
import { before, type Demonstration } from './demonstration.ts';

const DECLARATION = `import { outputOptions } from '../../options/output.ts';
import { type Command, defineCommand } from '../command.ts';

/** \`kexeckit hello\` */
export const hello: Command = defineCommand({
  name: 'hello',
  summary: 'greet someone',
  args: [{ name: 'whom', summary: 'a name' }],
  options: outputOptions,
  examples: [{ line: 'kexeckit hello world', does: 'greets the world' }],
  load: async () => {
    const [{ greet }, { greetingView }] = await Promise.all([import('./run.ts'), import('../../render/greeting.ts')]);
    return { run: greet, view: greetingView };
  },
});
`;

const BODY = `import type { OutputValues } from '../../options/output.ts';
import type { Request } from '../command.ts';

/** Someone who was greeted. */
export interface Greeting {
  readonly whom: string;
}

/** Greets. */
export async function greet({ args }: Request<OutputValues>): Promise<Greeting> {
  const [whom = ''] = args;
  return { whom };
}
`;

const VIEW = `import type { View } from '../commands/command.ts';
import type { Greeting } from '../commands/hello/run.ts';
import type { GreetingJson } from '../json/greeting.ts';

/** A greeting. */
export const greetingView: View<Greeting> = {
  text: ({ whom }) => \`Hello, \${whom}.\\n\`,
  json: ({ whom }): GreetingJson => ({ whom }),
};
`;

const SCHEMA = `import type * as v from 'valibot';
import { object, text } from './parts.ts';

export const hello = object({ whom: text('who was greeted') }, 'What kexeckit hello prints');

export type GreetingJson = v.InferOutput<typeof hello>;
`;

/** `kexeckit hello WHOM` */
export const command: Demonstration = {
  row: 'new command',
  add: (copy) => {
    copy.write('apps/cli/src/commands/hello/command.ts', DECLARATION);
    copy.write('apps/cli/src/commands/hello/run.ts', BODY);
    copy.write('apps/cli/src/render/greeting.ts', VIEW);
    copy.write('apps/cli/src/json/greeting.ts', SCHEMA);
    const documents = 'apps/cli/src/json/index.ts';
    copy.edit(documents, before('import { load', "import { hello } from './greeting.ts';\n"));
    copy.edit(documents, before('  lab: only(lab)', '  hello: only(hello),\n'));
    const index = 'apps/cli/src/commands/index.ts';
    copy.edit(index, before('import { load }', "import { hello } from './hello/command.ts';\n"));
    copy.edit(index, (text) => text.replace(/(?<=^export const commands: [^;]*?),?\s*\];$/m, ', hello];'));
  },
  sees: {
    'the help lists it': (copy) => {
      expect(copy.kexeckit('--help').stdout).toMatch(/^ +hello +greet someone$/m);
      expect(copy.kexeckit('hello', '--help').stdout).toContain('kexeckit hello world  greets the world');
    },
    'it runs, for people and for programs': (copy) => {
      expect(copy.kexeckit('hello', 'world')).toMatchObject({ status: 0, output: 'Hello, world.\n' });
      expect(JSON.parse(copy.kexeckit('hello', 'world', '--json').stdout)).toEqual({ whom: 'world' });
      expect(copy.kexeckit('hello')).toMatchObject({ status: 2, stdout: '' });
    },
    'what it prints has a schema': (copy) => {
      expect(copy.run('node', 'scripts/schemas.mjs')).toMatchObject({ status: 0, output: '' });
      expect(JSON.parse(copy.read('apps/cli/schema/hello.json')).required).toEqual(['whom']);
    },
  },
};
