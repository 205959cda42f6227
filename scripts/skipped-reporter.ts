import type { Reporter, TestModule } from 'vitest/node';

/** How the reason begins where nobody can mend it: what a test needs is nowhere to be had any more. */
const LEFT_OUT = 'left out: ';

/**
 * Lists every skipped test with its reason, and makes the run fail where CI is set: nothing passes by being skipped, but
 * for what is left out.
 */
export default class SkippedReporter implements Reporter {
  onTestRunEnd(modules: ReadonlyArray<TestModule>): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const count = (state: string): number => tests.filter((test) => test.result().state === state).length;
    const skipped = tests.filter((test) => test.result().state === 'skipped');
    const reasons = skipped.map((test) => {
      const result = test.result();
      const reason = 'note' in result && result.note ? result.note : 'no reason given';
      console.log(`skipped: ${test.project.name}: ${test.fullName}: ${reason}`);
      return reason;
    });
    if (reasons.some((reason) => !reason.startsWith(LEFT_OUT)) && process.env.CI) {
      console.error('CI is set: a skipped test fails the run');
      process.exitCode = 1;
    }
    console.log(`${count('passed')} passed, ${count('failed')} failed, ${skipped.length} skipped`);
  }
}
