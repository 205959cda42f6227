import * as v from 'valibot';
import { savedPolicy } from '../policy/schema.ts';
import type { DigestedFile, RolloutDocument } from './document.ts';

const text = v.pipe(v.string(), v.maxLength(4096));
/** One line: nothing that a terminal, a log or a kernel takes for more. */
const line = v.pipe(
  text,
  v.regex(/^[^\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]*$/u, 'give one line, without control characters'),
);
const someLine = v.pipe(line, v.nonEmpty('give something'));
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'give 64 hexadecimal digits'));
const word = v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'give small letters, digits and "-"'));

/** Not a record, which would leave names out that every object has. */
const labels = v.custom<Record<string, string>>(
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((each) => typeof each === 'string'),
  'give a mapping of text to text',
);

const file: v.GenericSchema<unknown, DigestedFile> = v.strictObject({
  path: v.pipe(someLine, v.startsWith('/', 'give the whole path, from / on')),
  size: v.pipe(count, v.minValue(1, 'give the size of a file with content')),
  sha256,
});

/** Characters of a rollout's id, which is part of the name of a file on hosts, and of ids of workflows. */
const ROLLOUT_ID = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,62}[A-Za-z0-9])?$/;

/** Whether it is an id of a rollout: letters, digits and `-`, a letter or digit first and last, at most 64. */
export const isRolloutId = (id: string): boolean => ROLLOUT_ID.test(id);

/** A saved rollout, as far as each of its fields tells by itself. Names, addresses and labels of hosts are checked as an inventory's. */
export const documentSchema: v.GenericSchema<unknown, RolloutDocument> = v.strictObject({
  format: v.literal('kexeckit-rollout/1'),
  id: v.pipe(
    v.string(),
    v.check(isRolloutId, 'give letters, digits and "-", a letter or digit first and last, at most 64'),
  ),
  policy: savedPolicy,
  next: v.strictObject({
    kernel: file,
    initrd: v.optional(file),
    dtb: v.optional(file),
    cmdline: line,
    strategy: word,
    withoutCaptureKernel: v.optional(v.boolean()),
    release: v.pipe(
      v.string(),
      v.regex(/^[A-Za-z0-9][A-Za-z0-9._+~-]{0,63}$/, 'give a release as uname -r says it, at most 64 characters'),
    ),
    agent: file,
  }),
  classes: v.array(
    v.strictObject({
      key: sha256,
      strategy: word,
      plan: file,
      hosts: v.pipe(count, v.minValue(1, 'leave a class without hosts out')),
      proof: v.strictObject({ checks: v.pipe(count, v.minValue(1, 'nothing was proved')), rehearsals: count }),
    }),
  ),
  hosts: v.array(
    v.strictObject({
      name: v.string(),
      address: v.optional(v.string()),
      transport: v.optional(v.string()),
      labels,
      class: v.string(),
      machineId: v.pipe(v.string(), v.regex(/^(?:[0-9a-f]{32})?$/, 'give 32 hexadecimal digits, or nothing')),
    }),
  ),
  waves: v.array(
    v.strictObject({
      name: v.string(),
      concurrency: count,
      failureBudget: count,
      soakMs: count,
      hosts: v.array(v.string()),
    }),
  ),
  failureBudget: count,
  left: v.array(v.strictObject({ host: v.string(), why: v.pipe(line, v.nonEmpty('say why')) })),
});
