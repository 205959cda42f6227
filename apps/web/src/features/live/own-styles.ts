/**
 * Makes elements that may be styled under a policy that knows no inline styles: what is written into a `style` element becomes a sheet
 * that the document adopts, and what is written into a `style` attribute is set as properties. A terminal's renderer writes both.
 */
function createStyled(document: Document, name: string): HTMLElement {
  if (name === 'style') return adopted(document);
  const element = created(document, name);
  const set = element.setAttribute.bind(element);
  const setAttribute = (attribute: string, value: string): void => {
    if (attribute === 'style') element.style.cssText = value;
    else set(attribute, value);
  };
  return Object.assign(element, { setAttribute });
}

/** As the document itself does, whatever stands in its place. */
const created = (document: Document, name: string): HTMLElement =>
  Document.prototype.createElement.call(document, name);

/** What stands for a `style` element: an empty one is refused, too. */
function adopted(document: Document): HTMLElement {
  const sheet = new CSSStyleSheet();
  document.adoptedStyleSheets.push(sheet);
  const place = created(document, 'template');
  const remove = place.remove.bind(place);
  Object.defineProperty(place, 'textContent', { set: (text: string) => sheet.replaceSync(text) });
  return Object.assign(place, {
    remove: () => {
      document.adoptedStyleSheets = document.adoptedStyleSheets.filter((each) => each !== sheet);
      remove();
    },
  });
}

/** The document, but for the elements that it makes. */
export function documentOfStyles(document: Document): Document {
  return new Proxy(document, {
    get: (target, key) => {
      if (key === 'createElement') return (name: string) => createStyled(target, name);
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** Does work that makes elements of the window's own document, whatever it was given. */
export function withStyles(document: Document, work: () => void): void {
  const createElement = (name: string): HTMLElement =>
    name === 'style' ? createStyled(document, name) : created(document, name);
  Object.assign(document, { createElement });
  try {
    work();
  } finally {
    Reflect.deleteProperty(document, 'createElement');
  }
}
