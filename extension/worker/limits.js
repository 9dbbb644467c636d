// The bounds of a login that no site and no failure can move.

/** How often one value may be put into a page, and a form with it be sent, in one grant. */
export const LIMITS = { releases: 3, submits: 2, presses: 3, resumes: 5 };
