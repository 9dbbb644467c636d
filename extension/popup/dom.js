// Parts of a page, made without markup: whatever a name or a message holds stays text.

/**
 * An element that the page has.
 * @param {string} id
 * @returns {HTMLElement}
 */
export function part(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no ${id}`);
  return found;
}

/**
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {Partial<HTMLElementTagNameMap[Name]>} properties
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[Name]}
 */
export function element(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

/**
 * @param {string} text
 * @param {() => void} press
 * @param {'' | 'primary' | 'danger'} [tone]
 */
export function button(text, press, tone = '') {
  return element('button', { type: 'button', className: `button ${tone}`, onclick: press }, text);
}

/** Paths drawn for Keytile, in a square of 24. */
const ICONS = {
  username: 'M12 12a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM5 19.5c.6-3.8 3.3-5.5 7-5.5s6.4 1.7 7 5.5',
  password: 'M8 19.3a3.8 3.8 0 1 0 0-7.6 3.8 3.8 0 0 0 0 7.6ZM11 12.8l7.5-7.5M15.5 8.3l2.7 2.7',
  code: 'M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17ZM12 7.5V12l3 2',
};

/**
 * A button that shows an icon and says a sentence.
 * @param {keyof typeof ICONS} icon
 * @param {string} label
 * @param {() => void} press
 */
export function iconButton(icon, label, press) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  path.setAttribute('d', ICONS[icon]);
  svg.append(path);
  const name = element('span', { className: 'unseen' }, label);
  return element('button', { type: 'button', className: 'button icon-only', title: label, onclick: press }, svg, name);
}

let clearing = 0;

/**
 * Says something at the foot of the page, and to a screen reader.
 * @param {string} text
 * @param {number} [milliseconds] for which it stays
 */
export function say(text, milliseconds = 4_000) {
  clearTimeout(clearing);
  part('said').textContent = text;
  clearing = setTimeout(() => (part('said').textContent = ''), milliseconds);
}
