import { type ConversionConfig, type JsonSchema, toJsonSchema } from '@valibot/to-json-schema';
import { documents, type PrintedDocument } from './index.ts';
import { HEX } from './parts.ts';

/** A file that is published. */
export interface SchemaFile {
  readonly name: string;
  readonly text: string;
}

const config: ConversionConfig = {
  target: 'draft-2020-12',
  // It is of the type alone.
  ignoreActions: ['readonly'],
  overrideSchema: ({ valibotSchema, jsonSchema }) => {
    switch (valibotSchema.type) {
      case 'bigint':
        return { ...jsonSchema, type: 'string', pattern: HEX };
      case 'undefinedable':
        return { anyOf: [jsonSchema, { type: 'null' }] };
      default:
        return undefined;
    }
  },
};

/** The JSON Schema of every document, as it is published. */
export function schemaFiles(): SchemaFile[] {
  return Object.entries(documents).map(([name, document]) => ({
    name: `${name}.json`,
    text: `${JSON.stringify(schemaOf(name, document), null, 2)}\n`,
  }));
}

function schemaOf(name: string, { schema, parts }: PrintedDocument): JsonSchema {
  const { $schema, ...rest } = toJsonSchema(schema, { ...config, definitions: { ...parts } });
  return {
    ...($schema !== undefined && { $schema }),
    $id: `urn:kexeckit:schema:${name}`,
    title: titleOf(name),
    ...rest,
  };
}

const titleOf = (name: string): string =>
  name === 'error' ? 'an error of kexeckit' : `kexeckit ${name.replace('-', ' ')} --json`;
