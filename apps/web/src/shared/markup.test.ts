import { expect, test } from 'vitest';
import { element } from './markup.ts';

test('what is given as text stays text', () => {
  const text = element('text', { title: '"<a>&"', x: 1 / 3 }, '</text><script>\u0000\ud800');
  expect(text.xml).toBe(
    '<text title="&quot;&lt;a&gt;&amp;&quot;" x="0.33">&lt;/text&gt;&lt;script&gt;\ufffd\ufffd</text>',
  );
  expect(element('g', {}, [text, element('rect', { width: 2 })]).xml).toBe(`<g>${text.xml}<rect width="2"/></g>`);
});
