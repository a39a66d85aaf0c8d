// Elements of the page.
export const $ = id => document.getElementById(id);

/** An element. Attributes that are functions listen to the event of their name. */
export function make(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    typeof value === 'function' ? node.addEventListener(name, value) : node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}
