import { expect, test } from 'vitest';
import { element, markup } from './markup.ts';

test('what is given as text stays text', () => {
  const text = element('text', { title: '"<a>&"', x: 1 / 3 }, '</text><script>\u0000\ud800');
  expect(text.source).toBe(
    '<text title="&quot;&lt;a&gt;&amp;&quot;" x="0.33">&lt;/text&gt;&lt;script&gt;\ufffd\ufffd</text>',
  );
  expect(element('g', {}, [text, element('rect', { width: 2 })]).source).toBe(`<g>${text.source}<rect width="2"/></g>`);
});

test('what is put into a template is escaped, once, unless it is markup', () => {
  const made = markup`<p>${'a < b & "c"'}${markup`<b>${"it's"}</b>`}${[markup`1`, markup`2`]}</p>`;
  expect(made.source).toBe('<p>a &lt; b &amp; &quot;c&quot;<b>it&#39;s</b>12</p>');
});
