// How a login can end, and what the person then reads (docs/automated-login.md, Outcomes).

/** @typedef {'logged_in' | 'rejected' | 'locked' | 'captcha' | 'passkey_prompt' | 'code_elsewhere' | 'code_missing'
 *   | 'code_rejected' | 'question' | 'unknown_step' | 'no_form' | 'left_origins' | 'site_down' | 'no_access' | 'expired'
 *   | 'cancelled' | 'no_permission' | 'interrupted'} Outcome */

/** @type {Record<Outcome, string>} */
const SENTENCES = {
  logged_in: 'You are logged in.',
  rejected: 'The site refused the login. Nothing more was tried. The account’s owners have been told.',
  locked: 'The site says that this account is locked. An owner of the account has to unlock it there.',
  captcha: 'The site wants to see that you are human. Answer it here; the login then goes on.',
  passkey_prompt: 'The site asks for a passkey. Choose another way to sign in there; the login then goes on.',
  code_elsewhere: 'The site sent a code by mail, SMS or to an app. Type it here.',
  code_missing: 'The site wants a verification code, and this account has none stored. An owner of the account can add its seed.',
  code_rejected:
    'The site refused the verification code. The seed of the account may be wrong, or the server’s clock.',
  question: 'The site asks a question that only the account’s owner can answer. Once it is answered, the login goes on.',
  unknown_step: 'The site shows a step that Keytile does not know. Go on by hand.',
  no_form:
    'No login form appeared. Open the tile again; if it stays like this, an owner of the account can record how to log in.',
  left_origins:
    'The site went to <origin>, which is not one of this account’s addresses. Nothing was filled in there. ' +
    'An owner of the account can add the address, if it belongs to the site.',
  site_down: 'The site did not answer. Try again later.',
  no_access: 'You no longer have access to this account, or this browser was removed from yours.',
  expired: 'It took too long, and the permission to log in ran out. Open the tile again.',
  cancelled: 'You stopped it, or closed the tab.',
  no_permission: 'The extension may not read this site: allow it, then try again.',
  interrupted: 'The browser was closed in the middle.',
};

/** Those after which the login goes on once the person has acted. */
const HAND_OVERS = new Set(['captcha', 'passkey_prompt', 'code_elsewhere', 'question', 'unknown_step']);

/**
 * @param {Outcome} outcome
 * @param {string | null} origin where it ended
 */
export function sentence(outcome, origin) {
  return SENTENCES[outcome].replace('<origin>', origin ?? 'another address');
}

/** @param {Outcome} outcome */
export function handsOver(outcome) {
  return HAND_OVERS.has(outcome);
}
