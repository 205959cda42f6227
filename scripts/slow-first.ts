import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that boot guests, drive a browser or run thousands of mutants: minutes each. */
const SLOW = [/\/test\/guest\//, /\/web\/test\//, /\/test\/mutation\//, /\/guests\/test\//];

/** Begins with the files that take minutes, so that none of them is left at the end with one CPU idle. */
export class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isSlow = ({ moduleId }: TestSpecification): boolean => SLOW.some((pattern) => pattern.test(moduleId));
    return [...sorted.filter(isSlow), ...sorted.filter((file) => !isSlow(file))];
  }
}
