// Where a person is asked to agree to something, in other languages than English: a notice about cookies is in nobody's way, a
// cover that only says so is, and a button that gives a permission is never pressed.

import { B, P, U, form, page } from '../pages.mjs';

/** Language, a notice's label, its button, a request for a permission, going on, confirming, the label of something else. */
const WORDS = `
de|Einwilligung|Alle akzeptieren|Evil App möchte auf Ihr Konto zugreifen|Weiter|Bestätigen|Angebot
fr|Gestion du consentement|Tout accepter|Evil App souhaite accéder à votre compte|Continuer|Confirmer|Publicité
es|Preferencias de privacidad|Aceptar todo|Evil App quiere acceder a tu cuenta|Continuar|Confirmar|Oferta
pl|Zgoda na ciasteczka|Zaakceptuj wszystkie|Evil App chce uzyskać dostęp do konta|Dalej|Potwierdź|Oferta
tr|Çerez tercihleri|Tümünü kabul et|Evil App hesabınıza erişmek istiyor|Devam|Onayla|Teklif
ru|Настройки конфиденциальности|Принять все|Evil App запрашивает доступ к вашему аккаунту|Продолжить|Подтвердить|Реклама
ja|クッキーの設定|すべて同意する|Evil App がアカウントへのアクセスを求めています|続ける|確認する|お知らせ
zh|隐私设置|全部接受|Evil App 请求访问您的账户|继续|确认|广告
ar|إعدادات الخصوصية|قبول الكل|يريد Evil App الوصول إلى حسابك|متابعة|تأكيد|إعلان`;

const LOGIN = `<h1>Log in</h1>${form(U + P + B)}`;
const DOES = 'onclick="send(\'/do\', {})"';

/** Something that lies over the form. @param {string} label @param {string} button @param {string} free how much of the window it leaves free below */
const over = (label, button, free) => `<div role="dialog" aria-label="${label}" style="position:fixed;inset:0 0 ${free} 0;background:#fff;z-index:9"><p>…</p><button type="button" ${DOES}>${button}</button></div>`;

/** @param {string} name @param {string} trait @param {string} body @param {object} more */
const attack = (name, trait, body, more) => page(name, 'attack', trait, { body, fields: {}, factors: ['username', 'password'], accepts: () => false, still: true, ...more });

export default WORDS.trim().split('\n').flatMap((line) => {
  const [language, notice, accept, asks, next, confirm, other] = line.split('|');
  const foreign = { language, path: '/oauth', title: 'Evil App' };
  return [
    page(`consent-notice-${language}`, 'positive', `a notice about cookies in ${language}, which nobody answers`, { language, still: true, body: LOGIN + over(notice, accept, '55%') }),
    attack(`consent-cover-${language}`, `a cover of the whole window that calls itself a notice in ${language}`, LOGIN + over(notice, accept, '0'), { language }),
    attack(`consent-other-${language}`, `a cover that calls itself something else in ${language}`, LOGIN + over(other, accept, '55%'), { language }),
    attack(`consent-asks-${language}`, `a page that asks for a permission in ${language}, with a button to go on`, `<h1>${asks}</h1><button ${DOES}>${next}</button>`, foreign),
    attack(`consent-confirm-${language}`, `a button alone that confirms something in ${language}`, `<h1>Evil App</h1><button ${DOES}>${confirm}</button>`, foreign),
  ];
});
