import { phases } from '@kexeckit/reboot';
import { expect, test } from 'vitest';
import { cameBack } from './came-back.ts';

const consoleOf = (report: string): string => `noise\nkexeckit-from: report\n${report}kexeckit-from: ended 1 .\n`;
const error = {
  kind: 'failed',
  code: 'EOPNOTSUPP',
  message: 'this host offers no way',
  hint: 'see doctor',
  phase: 'plan',
};

test('an error of the command is told with its code, its hint and its phase', () => {
  expect(cameBack(1, consoleOf(JSON.stringify({ error }, null, 2)), ['a line'])).toMatchObject({
    code: 'EIO',
    message: 'the old kernel did not reboot: EOPNOTSUPP: this host offers no way',
    hint: 'see doctor',
    phase: phases.plan,
    console: ['a line'],
  });
  const bare = { error: { ...error, hint: null, phase: 'constructor' } };
  expect(cameBack(1, consoleOf(JSON.stringify(bare)), [])).toMatchObject({
    hint: 'see the lines below',
    phase: phases.stage,
  });
});

test.each(['', '{', 'null', '[]', '{"error":[]}', '{"error":{"code":1,"message":2}}', '[  1.0] {"error":{}}'])(
  'of %j only the exit code is told',
  (report) => {
    expect(cameBack(127, consoleOf(report), [])).toMatchObject({
      message: 'kexeckit ended with status 127 in the old kernel',
      phase: phases.stage,
    });
  },
);
