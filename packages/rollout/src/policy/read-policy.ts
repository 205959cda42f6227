import { readBy } from '../text/read-schema.ts';
import { readYaml } from '../text/read-yaml.ts';
import { checkPolicy } from './check-policy.ts';
import type { RolloutPolicy } from './policy.ts';
import { writtenPolicy } from './schema.ts';

/** Characters of a policy. */
const POLICY_MAX = 2 ** 20;

/**
 * A policy in YAML or JSON, with {@link policyDefaults} for what it does not say. Times have their unit (`soak: 30m`), commands are lists:
 * there is no shell.
 *
 * @throws RolloutError `EFBIG` · `EINVAL` with the place of the first fault, an unknown field among them.
 */
export function readPolicy(text: string): RolloutPolicy {
  const read = readYaml(text, { what: 'the policy', scalars: 'typed', most: POLICY_MAX });
  const policy = readBy(writtenPolicy, read, 'the policy');
  checkPolicy(policy);
  return policy;
}
