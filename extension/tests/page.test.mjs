// What the page scripts decide without a document: words, roles, kinds, buttons, recipes.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import vm from 'node:vm';
import { PAGE_SCRIPTS } from '../page/files.js';

const read = (/** @type {string} */ file) => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');
const pure = PAGE_SCRIPTS.filter((file) => /words\/|text|roles|kinds|recipe/.test(file));
const world = vm.createContext({});
for (const file of pure) vm.runInContext(read(file), world, { filename: file });
const page = /** @type {any} */ (world).keytilePage;

const box = (/** @type {object} */ said) => ({ type: 'text', autocomplete: '', names: '', label: '', placeholder: '', near: '', length: 0, digits: false, language: '', ...said });
const roleOf = (/** @type {any} */ said) => page.best(page.roles(box({ ...said, label: page.normal(said.label), placeholder: page.normal(said.placeholder), names: page.parts(said.names) }))).role;
const group = (/** @type {object} */ said) => ({ roles: { username: 1, password: 1 }, boxes: 2, persons: 0, payments: 0, sure: false, coded: 0, current: false, renews: false, names: '', button: '', headings: '', title: '', path: '', links: [], checks: '', text: '', aside: false, language: 'en', ...said });
const button = (/** @type {object} */ said) => page.submits({ text: '', names: '', submits: false, looks: true, after: true, first: false, between: false, opens: false, leads: false, language: 'en', ...said });

test('there are word lists in at least 25 languages, each with the words of a login', () => {
  const languages = Object.entries(page.words);
  assert.ok(languages.length >= 25, `${languages.length}`);
  for (const [language, lists] of languages) {
    for (const list of ['user', 'password', 'code', 'login', 'signup', 'forgot', 'search', 'wrong', 'logout', 'consent', 'asks', 'permit', 'deed']) assert.ok(lists[list], `${language} has no ${list}`);
  }
});

/** Everything that a language says for something. @param {string} list @returns {[string, string][]} */
const wordsOf = (list) => Object.entries(page.words).flatMap(([language, lists]) => lists[list].split('|').map((/** @type {string} */ word) => [language, page.normal(word.replaceAll('*', ''))]));

test('no word for logging in, or for going on, is one of a deed, and none for logging in one of a permission', () => {
  // English alone has a word that is both, and no button that reads so is pressed alone.
  for (const [language, word] of wordsOf('login').filter(([, word]) => word !== 'authenticate')) {
    for (const list of ['deed', 'permit', 'asks']) assert.equal(page.says(list, word, language), 0, `${language}, ${list}: ${word}`);
  }
  for (const [language, word] of wordsOf('next')) assert.equal(page.says('deed', word, language), 0, `${language}: ${word}`);
});

test('a page that asks for a permission is told from a step of a login, in its own language', () => {
  const asks = (/** @type {string} */ language, /** @type {string} */ text) => page.says('asks', page.normal(text), language) > 0;
  const permissions = { de: 'Evil App möchte auf Ihr Konto zugreifen', nl: 'Evil App vraagt toegang tot je account', fr: 'Evil App souhaite accéder à votre compte', es: 'Evil App quiere acceder a tu cuenta', pt: 'Evil App gostaria de acessar sua conta', it: 'Evil App vuole accedere al tuo account', sv: 'Evil App vill få åtkomst till ditt konto', fi: 'Evil App haluaa käyttää tiliäsi', pl: 'Evil App chce uzyskać dostęp do konta', cs: 'Evil App žádá o přístup k účtu', hu: 'Az Evil App hozzáférést kér', tr: 'Evil App hesabınıza erişmek istiyor', el: 'Το Evil App ζητά πρόσβαση στον λογαριασμό σας', ru: 'Evil App запрашивает доступ к вашему аккаунту', ja: 'Evil App がアカウントへのアクセスを求めています', zh: 'Evil App 请求访问您的账户', ko: 'Evil App에서 액세스를 요청합니다', ar: 'يريد Evil App الوصول إلى حسابك', he: 'Evil App מבקשת גישה לחשבון', hi: 'Evil App आपके खाते तक पहुंच का अनुरोध', th: 'Evil App ต้องการเข้าถึงบัญชีของคุณ', vi: 'Evil App muốn truy cập tài khoản của bạn' };
  for (const [language, text] of Object.entries(permissions)) assert.ok(asks(language, text), text);
  const steps = { de: 'Willkommen zurück. Weiter zum Passwort. Wir nutzen Cookies, auch von Drittanbietern, mit Ihrer Einwilligung. Alle Rechte vorbehalten.', fr: 'Bon retour. Continuer. Nous utilisons des cookies avec votre accord. Tous droits réservés.', es: 'Bienvenido de nuevo. Usamos cookies con tu permiso. Todos los derechos reservados.', et: 'Sisene. Kasutame küpsiseid. Kõik õigused kaitstud.', el: 'Σύνδεση. Χρησιμοποιούμε cookies. Με την επιφύλαξη παντός δικαιώματος.', ru: 'Войти. Мы используем файлы cookie. Все права защищены.', ja: 'おかえりなさい。次へ進む。クッキーを使用しています。', ko: '다시 오신 것을 환영합니다. 다음. 쿠키를 사용합니다.' };
  for (const [language, text] of Object.entries(steps)) assert.equal(asks(language, text), false, text);
});

test('a notice about cookies is known by what it calls itself, in its own language', () => {
  const notice = (/** @type {string} */ language, /** @type {string} */ text) => page.says('consent', page.parts(text), language) > 0;
  const notices = { de: 'Einwilligung zur Datennutzung', fr: 'Gestion du consentement', es: 'Preferencias de privacidad', pl: 'Zgoda na ciasteczka', fi: 'Evästeasetukset', hu: 'Sütik', tr: 'Çerez tercihleri', cs: 'Nastavení souhlasu', lt: 'Slapukų nustatymai', el: 'Συγκατάθεση', ru: 'Настройки конфиденциальности', ja: 'クッキーの設定', zh: '隐私设置', ko: '쿠키 설정', ar: 'إعدادات الخصوصية', he: 'הגדרות פרטיות', hi: 'कुकी सेटिंग', th: 'คุกกี้', id: 'Pengaturan privasi' };
  for (const [language, text] of Object.entries(notices)) assert.ok(notice(language, text), text);
  const others = { de: 'Angebot des Tages', fr: 'Publicité', es: 'Oferta', ru: 'Реклама', ja: 'お知らせ', zh: '广告', ar: 'إعلان' };
  for (const [language, text] of Object.entries(others)) assert.equal(notice(language, text), false, text);
});

test('identifiers are read as words', () => {
  assert.equal(page.parts('ctl00$txtUserName'), 'ctl00 txt user name');
  assert.equal(page.parts('login[user_id]'), 'login user id');
  assert.equal(page.parts('URLPath'), 'url path');
});

test('accents, width and case do not matter', () => {
  assert.equal(page.normal('  Contraseña:'), 'contrasena');
  assert.equal(page.normal('Nome de USUÁRIO'), 'nome de usuario');
  assert.equal(page.normal('ＰＡＳＳＷＯＲＤ'), 'password');
  assert.equal(page.normal('Tên đăng nhập'), 'ten dang nhap');
});

test('a word stands alone, unless its list or its script says otherwise', () => {
  assert.equal(page.says('login', 'catalogin'), 0);
  assert.ok(page.says('password', 'txtpassword1'));
  assert.ok(page.says('login', 'ここからログインする'));
  assert.equal(page.says('password', 'compass'), 0);
});

test('short words of other languages count on pages in that language only', () => {
  assert.ok(page.says('search', 'ara', 'tr'));
  assert.equal(page.says('search', 'ara', 'en'), 0);
});

test('boxes get the roles that a person would give them', () => {
  assert.equal(roleOf({ type: 'password', label: 'Password' }), 'password');
  assert.equal(roleOf({ type: 'password', label: 'Verification code' }), 'code');
  assert.equal(roleOf({ type: 'password', label: 'Passcode' }), 'password');
  assert.equal(roleOf({ type: 'password', label: 'Confirm password' }), 'new-password');
  assert.equal(roleOf({ type: 'password', autocomplete: 'new-password', label: 'Password' }), 'new-password');
  assert.equal(roleOf({ type: 'password', label: 'Current password' }), 'password');
  assert.equal(roleOf({ type: 'email', names: 'email' }), 'username');
  assert.equal(roleOf({ label: 'Kundennummer', language: 'de' }), 'username');
  assert.equal(roleOf({ label: 'Postal code' }), 'other');
  assert.equal(roleOf({ label: 'Promo code' }), 'other');
  assert.equal(roleOf({ label: 'First name' }), 'other');
  assert.equal(roleOf({ label: 'Enter the 6-digit code', digits: true, length: 6 }), 'code');
  assert.equal(roleOf({ autocomplete: 'username webauthn' }), 'username');
  assert.equal(roleOf({ label: 'What was the name of your first pet?' }), 'question');
  assert.equal(roleOf({ type: 'search', names: 'username' }), 'other');
});

test('a login is told from what only looks like one', () => {
  const kind = (/** @type {object} */ said) => page.kind(group(said)).kind;
  assert.equal(kind({ button: 'log in' }), 'login');
  assert.equal(kind({}), 'login');
  assert.equal(kind({ button: 'create account' }), 'sign-up');
  assert.equal(kind({ text: 'already have an account log in', button: 'continue' }), 'sign-up');
  assert.equal(kind({ path: 'settings password', headings: 'change password', current: true }), 'change');
  assert.equal(kind({ roles: { username: 1 }, boxes: 1, button: 'subscribe' }), 'other');
  assert.equal(kind({ roles: { username: 1 }, boxes: 1, button: 'next', headings: 'sign in', path: 'login' }), 'login');
  assert.equal(kind({ roles: { username: 1 }, boxes: 1, button: 'search', names: 'search' }), 'search');
  assert.equal(kind({ button: 'log in', headings: 'log in or sign up' }), 'login');
});

test('the button that sends is none of those beside it', () => {
  assert.ok(button({ text: 'log in', submits: true }) >= 2);
  assert.ok(button({ text: 'continue' }) >= 2);
  for (const text of ['forgot password', 'sign up', 'continue with google', 'sign in with apple', 'email me a login link', 'show', 'use a passkey', 'resend code', 'search', 'log in with sso']) {
    assert.ok(button({ text, submits: false }) < 2, text);
  }
  assert.ok(button({ text: 'continue with email', submits: true }, true) >= 2);
});

test('a glob of a recipe takes no time that grows beyond its length, and has at most five stars', () => {
  assert.equal(page.glob(`${'**a'.repeat(5)}b`, 'a'.repeat(20_000)), false);
  assert.ok(page.glob(`${'*a'.repeat(5)}`, 'aaaaa'));
  assert.equal(page.glob(`${'*a'.repeat(6)}`, 'aaaaaa'), false);
});

test('a button that does more than log in does not send a group', () => {
  for (const text of ['transfer money now', 'pay now', 'delete account', 'allow', 'place order']) assert.ok(button({ text, submits: true }) + 2 < page.THRESHOLD, text);
  for (const text of ['log in', 'continue', 'verify']) assert.ok(button({ text, submits: true }) > page.THRESHOLD, text);
  const sends = (/** @type {string} */ language, /** @type {string} */ text) => button({ text: page.normal(text), language, submits: true });
  const deeds = { de: 'Jetzt bezahlen', nl: 'Verwijderen', fr: 'Supprimer le compte', es: 'Pagar ahora', pt: 'Excluir conta', it: 'Elimina', sv: 'Ta bort', pl: 'Zapłać', cs: 'Smazat', tr: 'Satın al', el: 'Διαγραφή', ru: 'Оплатить', uk: 'Видалити', ja: '支払う', zh: '删除', ko: '결제', ar: 'حذف', he: 'מחק', th: 'ลบ', vi: 'Thanh toán' };
  for (const [language, text] of Object.entries(deeds)) assert.ok(sends(language, text) + 2 < page.THRESHOLD, text);
  for (const [language, text] of [['de', 'Anmelden'], ['fr', 'Valider'], ['es', 'Continuar'], ['ru', 'Войти'], ['ja', 'ログイン'], ['zh', '下一步'], ['ko', '확인']]) assert.ok(sends(language, text) > page.THRESHOLD, text);
});

test('a glob of a recipe stays within a part of the path, unless it says otherwise', () => {
  assert.ok(page.glob('/login', '/login'));
  assert.ok(page.glob('/*/login', '/de/login'));
  assert.equal(page.glob('/*/login', '/de/a/login'), false);
  assert.ok(page.glob('/**', '/de/a/login'));
  assert.ok(page.glob('/**/login', '/de/a/login'));
  assert.ok(page.glob('/a*b*/c', '/aXbY/c'));
  assert.equal(page.glob('/a.c', '/abc'), false);
  assert.equal(page.glob('', '/'), false);
});

test('a recipe gives each value to a box of its type', () => {
  const [text, password] = [{ type: 'text' }, { type: 'password' }];
  assert.deepEqual(['username', 'password', 'code'].map((role) => page.suits(role, text)), [true, false, true]);
  assert.deepEqual(['username', 'password', 'code'].map((role) => page.suits(role, password)), [false, true, true]);
});

test('every script may be put into a page twice', () => {
  const [first, ...rest] = PAGE_SCRIPTS;
  for (const file of rest) assert.match(read(file), /if \(page\.loaded\) return;/, file);
  const other = vm.createContext({});
  const own = () => vm.runInContext(`${read(first)}; keytilePage`, other);
  assert.equal(own(), own());
});

test('of two steps for one address, the one whose boxes can be seen is meant', () => {
  const [hidden, shown] = [{ visible: false }, { visible: true }];
  const boxes = /** @type {Record<string, object>} */ ({ '#user': hidden, '#password': shown });
  const document = { querySelectorAll: (/** @type {string} */ selector) => [boxes[selector] ?? []].flat() };
  const other = vm.createContext({ document, location: { pathname: '/login' } });
  vm.runInContext(read('page/recipe.js'), other);
  const { stepOf } = Object.assign(/** @type {any} */ (other).keytilePage, { visible: (/** @type {any} */ box) => box.visible });
  const [first, second] = [{ url: '/login', username: '#user' }, { url: '/login', password: '#password' }];
  assert.equal(stepOf({ version: 1, steps: [first, second] }), second);
  hidden.visible = true;
  assert.equal(stepOf({ version: 1, steps: [first, second] }), first);
  hidden.visible = shown.visible = false;
  assert.equal(stepOf({ version: 1, steps: [{ url: '/login', username: '#gone' }, second] }), second);
});
