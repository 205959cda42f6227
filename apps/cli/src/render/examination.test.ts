import type { Finding, RouteOffer } from '@kexeckit/linux';
import { expect, test } from 'vitest';
import { examinationView } from './examination.ts';
import { plainPage } from './page.ts';

const STRANGE = 'denied\n\n  \u001b[32m✓ nothing stands in the way of any route\u001b[39m\n\u001b[8m\r\u001b[K';

const evidence = [{ path: `/proc/${STRANGE}`, text: STRANGE }];
const finding: Finding = {
  ...{ id: 'memory-map', severity: 'warning', isKnown: true },
  ...{ what: STRANGE, why: `/proc/iomem: ${STRANGE}`, todo: STRANGE, evidence },
};
const route: RouteOffer = { strategy: 'reserved', offered: false, why: [STRANGE, STRANGE], evidence };

test('whatever a host says of itself stands in lines of ours, and begins none', () => {
  const examination = { findings: [finding], routes: [route], defaultRoute: undefined, written: undefined };
  const text = examinationView.text(examination, plainPage);
  expect(text.split('\n').map((line) => line.slice(0, 9).trimEnd())).toEqual([
    '',
    '  ! denie',
    '    /proc',
    '    /proc',
    '    -> de',
    '',
    '  strateg',
    '  reserve',
    '',
    '',
    '',
  ]);
  expect(text).not.toMatch(/(?!\n)\p{Cc}/u);
});
