// @ts-check
'use strict';
// The name under which the page scripts find each other, made theirs before they use it: an element or a frame of that name
// would else be what they find.
(() => {
  if (!Object.hasOwn(globalThis, 'keytilePage')) Object.defineProperty(globalThis, 'keytilePage', { value: {} });
})();
