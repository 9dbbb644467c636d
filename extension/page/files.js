// @ts-check
// The page scripts, in the order in which they are put into a frame. Putting them in twice does no harm.

/** Paths from the root of the extension. */
export const PAGE_SCRIPTS = [
  'own',
  'words/western', 'words/european', 'words/eastern', 'words/asian', 'words/consent',
  'text', 'roles', 'kinds', 'see', 'groups', 'signs', 'recipe', 'cover', 'fill', 'press', 'look', 'main',
].map((name) => `page/${name}.js`);

/** What is put in as well where a person asks what was found, or points at boxes. */
export const PERSON_SCRIPTS = [...PAGE_SCRIPTS, ...['selector', 'mark', 'found', 'point', 'person'].map((name) => `page/${name}.js`)];
