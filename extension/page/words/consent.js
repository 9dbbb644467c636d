// @ts-check
'use strict';
// What notices about cookies are called, and what pages and buttons say where a person is asked to permit, pay, send or delete
// something: nothing of that is a login's. In all languages of the other lists. Data only; how it is written: `western.js`.
//
// consent: what a notice about cookies calls itself; asks: what a page says that wants a permission; permit: buttons that give
// one or bind something; deed: buttons that do something in a person's name, and send no login in any form.
// A word that a language also says for logging in stands in none of them.
(() => {
  /** @type {any} */
  const page = ((/** @type {any} */ (globalThis)).keytilePage ??= {});
  if (page.loaded) return;
  /** @type {Record<string, Record<string, string>>} */
  const words = (page.words ??= {});

  /** @type {Record<string, {consent: string, asks: string, permit: string, deed: string}>} */
  const consent = {
    en: {
      consent: 'cookie*|consent*|gdpr|*cookie*|onetrust*|privacy*|didomi*|usercentrics*|tracking',
      asks: 'want to|wants to|would like to|would like access|is requesting|requests access|permission|permissions|access to your|authorise|authorize|third party app*',
      permit: 'authorise|authorize|authenticate|approve|accept|agree|permit|confirm|consent|connect|link|revoke|subscribe|unsubscribe',
      deed: 'pay|buy|order|purchase|checkout|transfer|withdraw|money|donate|delete|remove|allow|grant|publish|invite|install',
    },
    de: {
      consent: 'einwilligung*|zustimmung*|datenschutz*|privatsphare*|dsgvo',
      asks: 'mochte auf|mochten auf|mochte zugreifen|mochte zugriff|zugriff auf ihr*|zugriff auf dein*|bittet um zugriff|fordert zugriff|berechtigung|berechtigungen|autorisier*|zugriff erlauben|drittanbieter app*',
      permit: 'autorisieren|genehmigen|akzeptieren|zustimmen|einwilligen|bestatigen|verbinden|verknupfen|freigeben|annehmen|abonnieren|alle akzeptieren',
      deed: 'bezahlen|kaufen|bestellen|uberweisen|spenden|loschen|entfernen|erlauben|zulassen|gewahren|veroffentlichen|einladen|installieren',
    },
    nl: {
      consent: 'toestemming*|instemming*|privacyvoorkeuren|avg',
      asks: 'wil toegang|vraagt toegang|vraagt om toegang|toegang tot je|toegang tot uw|machtiging|machtigingen|toegang verlenen|autoriseer*|app van derden',
      permit: 'autoriseren|machtigen|goedkeuren|accepteren|akkoord|bevestigen|verbinden|koppelen|toestemmen|abonneren',
      deed: 'betalen|kopen|bestellen|overmaken|doneren|verwijderen|toestaan|verlenen|publiceren|uitnodigen|installeren',
    },
    fr: {
      consent: 'consentement*|temoins de connexion|confidentialite*|vie privee|rgpd',
      asks: 'souhaite acceder|souhaiterait acceder|veut acceder|demande l acces|demande a acceder|acces a votre|acces a vos|acces a ton|autorisations|autoriser l application|autoriser l acces|autoriser cette|application tierce',
      permit: 'autoriser|approuver|accepter|tout accepter|consentir|confirmer|associer|relier|s abonner|j accepte',
      deed: 'payer|acheter|commander|virer|faire un don|supprimer|effacer|permettre|accorder|publier|inviter|installer',
    },
    es: {
      consent: 'consentimiento*|galletas|privacidad*|rgpd',
      asks: 'quiere acceder|desea acceder|quisiera acceder|solicita acceso|solicita acceder|acceso a tu|acceso a tus|acceso a su|acceso a sus|permisos|autorizar|autorizacion|aplicacion de terceros',
      permit: 'autorizar|aprobar|aceptar|aceptar todo|consentir|confirmar|vincular|enlazar|suscribirse',
      deed: 'pagar|comprar|pedir|transferir|donar|eliminar|borrar|permitir|conceder|otorgar|publicar|invitar|instalar',
    },
    pt: {
      consent: 'consentimento*|privacidade*|lgpd',
      asks: 'quer acessar|quer aceder|deseja acessar|deseja aceder|gostaria de acessar|solicita acesso|acesso a sua|acesso ao seu|acesso aos seus|acesso as suas|permissoes|autorizar|autorizacao|aplicativo de terceiros',
      permit: 'autorizar|aprovar|aceitar|aceitar tudo|consentir|concordar|confirmar|vincular|subscrever|assinar',
      deed: 'pagar|comprar|encomendar|transferir|doar|excluir|eliminar|apagar|remover|permitir|conceder|publicar|convidar|instalar',
    },
    it: {
      consent: 'consenso*|riservatezza*|preferenze privacy',
      asks: 'vuole accedere|vorrebbe accedere|chiede di accedere|richiede l accesso|chiede l accesso|accesso al tuo|accesso ai tuoi|accesso alla tua|accesso alle tue|autorizzazione|autorizzazioni|autorizzare|permessi|app di terze parti',
      permit: 'autorizza|autorizzare|approva|accetta|accetta tutto|acconsenti|conferma|associa|abbonati',
      deed: 'paga|pagare|acquista|compra|ordina|trasferisci|dona|elimina|cancella|rimuovi|consenti|concedi|pubblica|invita|installa',
    },
    ca: {
      consent: 'consentiment*|galetes|privadesa*',
      asks: 'vol accedir|voldria accedir|sol licita acces|acces al teu|acces a les teves|acces als teus|permisos|autoritza*|aplicacio de tercers',
      permit: 'autoritza|aprova|accepta|accepta ho tot|confirma|vincula|enllaca|subscriu te',
      deed: 'paga|pagar|compra|comprar|transfereix|dona|elimina|suprimeix|esborra|permet|concedeix|publica|convida|installa|instal la',
    },
    ro: {
      consent: 'consimtamant*|confidentialitate*',
      asks: 'doreste sa acceseze|vrea sa acceseze|solicita acces*|acces la contul|acces la datele|permisiuni*|autorizeaza aplicatia|aplicatie terta',
      permit: 'autorizeaza|aproba|accepta|accepta tot|accepta toate|sunt de acord|confirma|confirmare|asociaza',
      deed: 'plateste|platiti|cumpara|comanda|transfera|doneaza|sterge|elimina|permite|permiteti|acorda|publica|invita|instaleaza',
    },
    sv: {
      consent: 'samtycke*|kakor|integritet*|kakinstallningar',
      asks: 'vill fa atkomst|vill ha tillgang|begar atkomst|begar tillgang|atkomst till din*|atkomst till ditt|tillgang till din*|tillgang till ditt|behorighet|behorigheter|auktorisera*|tredjepartsapp*',
      permit: 'auktorisera|godkann|acceptera|acceptera alla|samtyck|bekrafta|anslut|lanka|prenumerera',
      deed: 'betala|kop|kopa|bestall|overfor|skank|radera|ta bort|tillat|bevilja|publicera|bjud in|installera',
    },
    da: {
      consent: 'samtykke*|privatliv*|databeskyttelse*',
      asks: 'vil have adgang|onsker adgang|anmoder om adgang|adgang til din*|adgang til dit|tilladelser|autoriser*|tredjepartsapp*',
      permit: 'autoriser|godkend|accepter|accepter alle|acceptere|giv samtykke|bekraeft|forbind|tilknyt|abonner',
      deed: 'betal|kob|bestil|overfor|doner|slet|fjern|tillad|udgiv|offentliggor|inviter|installer',
    },
    no: {
      consent: 'samtykke*|informasjonskaps*|personvern*',
      asks: 'vil ha tilgang|onsker tilgang|ber om tilgang|tilgang til din*|tilgang til ditt|tillatelser|autoriser*|tredjepartsapp*',
      permit: 'autoriser|godkjenn|godta|godta alle|aksepter|gi samtykke|bekreft|koble til|tilknytt|abonner',
      deed: 'betal|kjop|bestill|overfor|doner|slett|fjern|tillat|gi tilgang|publiser|inviter|installer',
    },
    fi: {
      consent: 'evaste*|suostumus*|tietosuoja*|yksityisyy*',
      asks: 'haluaa kayttaa|haluaa paasta|pyytaa paasya|pyytaa kayttooikeu*|kayttooikeus|kayttooikeudet|kayttolupa|valtuuta*|kolmannen osapuolen',
      permit: 'valtuuta|hyvaksy*|hyvaksy kaikki|vahvista|yhdista|liita|tilaa',
      deed: 'maksa|osta|siirra|lahjoita|poista|salli|myonna|julkaise|kutsu|asenna',
    },
    pl: {
      consent: 'ciasteczk*|zgoda|zgody|prywatnosc*|rodo',
      asks: 'chce uzyskac dostep|prosi o dostep|zada dostepu|dostep do twoj*|dostep do konta|uprawnienia|uprawnien|pozwolenie|autoryzuj*|aplikacja zewnetrzna',
      permit: 'autoryzuj|akceptuj*|zaakceptuj*|zgadzam sie|wyrazam zgode|potwierdz|zatwierdz|polacz|powiaz|subskrybuj',
      deed: 'zaplac|kup|kup teraz|zamow|przelej|wplac|przekaz|usun|zezwol*|pozwol|przyznaj|opublikuj|zapros|zainstaluj',
    },
    cs: {
      consent: 'souhlas*|soubory cookie|soukromi*',
      asks: 'chce pristup*|zada o pristup|pozaduje pristup|pristup k vas*|pristup k uctu|opravneni|autorizovat|aplikace treti strany',
      permit: 'autorizovat|schvalit|prijmout|prijmout vse|souhlasim|potvrdit|propojit|odebirat',
      deed: 'zaplatit|koupit|objednat|prevest|darovat|smazat|odstranit|povolit|udelit|zverejnit|pozvat|instalovat',
    },
    sk: {
      consent: 'suhlas*|subory cookie|sukromi*',
      asks: 'chce pristup*|ziada o pristup|pozaduje pristup|pristup k vas*|pristup k uctu|opravneni*|povolenia|autorizovat|aplikacia tretej strany',
      permit: 'autorizovat|schvalit|prijat|prijat vsetko|suhlasim|potvrdit|prepojit|odoberat',
      deed: 'zaplatit|kupit|objednat|previest|darovat|vymazat|odstranit|povolit|udelit|zverejnit|pozvat|instalovat',
    },
    hu: {
      consent: 'suti|sutik|sutikezeles*|suti beallitas*|hozzajarul*|adatvedel*',
      asks: 'hozzaferest ker|szeretne hozzaferni|hozza szeretne ferni|hozzaferes a fiok*|hozzaferes az adat*|engedelyek|jogosultsag*|harmadik feltol',
      permit: 'jovahagy*|elfogad*|egyetertek|hozzajarulok|megerosit|megerosites|osszekapcsol*|csatlakoztat*|feliratkoz*',
      deed: 'fizetes|fizetek|megvasarl*|vasarlas|megrendel*|atutal*|adomanyoz*|torles|torlom|eltavolit*|engedelyez*|kozzetesz*|meghiv*|telepit*',
    },
    hr: {
      consent: 'kolacic*|privola|pristanak|piskotk*|privatnost*|zasebnost*|saglasnost*',
      asks: 'zeli pristup*|trazi pristup|zahtijeva pristup|zahteva dostop|zeli dostop*|pristup vasem|pristup vasim|dostop do vas*|dopustenje|dopustenja|dozvole|dovoljenje|dovoljenja|autoriz*',
      permit: 'autoriziraj|odobri|prihvati|prihvati sve|prihvacam|sprejmi|sprejmi vse|slazem se|potvrdi|potrdi|povezi|pretplati se',
      deed: 'plati|placanje|kupi|naruci|naroci|prenesi|doniraj|izbrisi|obrisi|ukloni|odstrani|dopusti|dozvoli|dovoli|objavi|pozovi|povabi|instaliraj|namesti',
    },
    tr: {
      consent: 'cerez*|onay yonetimi|kvkk|gizlilik tercih*|riza',
      asks: 'erismek istiyor|erisim istiyor|erisim talep*|hesabiniza erisim*|bilgilerinize eris*|izinler|izin istiyor|yetkilendir*|ucuncu taraf',
      permit: 'yetkilendir|onayla|onayliyorum|kabul et|tumunu kabul et|kabul ediyorum|bagla|baglan|abone ol',
      deed: 'ode|odeme yap|satin al|siparis ver|havale et|transfer et|bagis yap|sil|kaldir|izin ver|yayinla|davet et|yukle',
    },
    et: {
      consent: 'kupsis*|nousolek*|privaatsus*',
      asks: 'soovib juurdepaasu|soovib ligipaasu|taotleb juurdepaasu|juurdepaas teie|ligipaas teie|rakenduse oigused|volita*|kolmanda osapoole',
      permit: 'volita|kinnita|noustu|noustun|aktsepteeri|uhenda|seo|telli',
      deed: 'maksa|osta|kanna ule|anneta|kustuta|eemalda|luba|anna luba|avalda|kutsu|installi|paigalda',
    },
    lv: {
      consent: 'sikdat*|piekrisan*|privatum*',
      asks: 'velas pieklut|pieprasa piekluvi|piekluve jusu|piekluvi jusu|atlaujas|atlauju|autorizet|tresas puses',
      permit: 'autorizet|apstiprinat|pienemt|pienemt visas|piekrist|piekritu|savienot|saistit|abonet',
      deed: 'maksat|apmaksat|pirkt|pasutit|parskaitit|ziedot|dzest|nonemt|atlaut|pieskirt|publicet|uzaicinat|instalet',
    },
    lt: {
      consent: 'slapuk*|sutikim*|privatum*',
      asks: 'nori pasiekti|nori gauti prieiga|praso prieigos|prieiga prie jusu|prieigos prie jusu|leidimai|suteikti teise|treciosios salies',
      permit: 'igalioti|patvirtinti|patvirtinu|priimti|priimti visus|sutikti|sutinku|susieti|prenumeruoti',
      deed: 'moketi|apmoketi|pirkti|uzsakyti|pervesti|aukoti|istrinti|pasalinti|leisti|suteikti|skelbti|pakviesti|idiegti',
    },
    el: {
      consent: 'συγκατάθεση*|συναίνεση*|απόρρητο*|απορρήτου',
      asks: 'θέλει πρόσβαση|ζητά πρόσβαση|ζητάει πρόσβαση|θέλει να αποκτήσει|πρόσβαση στο|πρόσβαση στα|πρόσβαση στον|άδειες πρόσβασης|δικαιώματα πρόσβασης|εξουσιοδότηση|εφαρμογή τρίτου',
      permit: 'εξουσιοδότηση|έγκριση|αποδοχή|αποδοχή όλων|αποδέχομαι|συμφωνώ|επιβεβαίωση|συγκατάθεση|σύζευξη|εγγραφή συνδρομής',
      deed: 'πληρωμή|πληρώστε|αγορά|αγοράστε|παραγγελία|μεταφορά|δωρεά|διαγραφή|αφαίρεση|να επιτρέπεται|επιτρέψτε|επιτρέπω|δημοσίευση|πρόσκληση|εγκατάσταση',
    },
    ru: {
      consent: 'куки|файлы куки|согласие на|согласия|конфиденциальност*|приватност*',
      asks: 'хочет получить доступ|запрашивает доступ|запрашивает разрешение|просит доступ|доступ к вашему|доступ к вашим|доступ к вашей|доступ к аккаунту|разрешения|авторизовать приложение|стороннее приложение',
      permit: 'одобрить|принять|принять все|принимаю|согласиться|согласен|подтвердить|подтверждаю|подключить|связать|привязать|подписаться',
      deed: 'оплатить|купить|заказать|перевести|пожертвовать|удалить|убрать|разрешить|предоставить|опубликовать|пригласить|установить',
    },
    uk: {
      consent: 'куки|файли куки|згода на|згоди|конфіденційн*|приватн*',
      asks: 'хоче отримати доступ|запитує доступ|просить доступ|доступ до вашого|доступ до ваших|доступ до вашої|доступ до облікового|дозволи|авторизувати застосунок|сторонній застосунок',
      permit: 'схвалити|прийняти|прийняти всі|приймаю|погодитися|погоджуюсь|підтвердити|підтверджую|підключити|зв язати|підписатися',
      deed: 'сплатити|оплатити|купити|замовити|переказати|пожертвувати|видалити|прибрати|дозволити|надати|опублікувати|запросити|встановити',
    },
    bg: {
      consent: 'бисквитк*|колачињ*|колачић*|поверителност*|приватност*|съгласие за',
      asks: 'иска достъп|желае достъп|изисква достъп|достъп до вашия|достъп до вашите|достъп до акаунта|разрешения|дозволи|оторизир*|приложение на трета страна',
      permit: 'одобри|одобряване|приемане|приеми|приеми всички|приемам|съгласен съм|потвърди|потвърждавам|свържи|прифати|одобрувам|абонирай се',
      deed: 'плати|плащане|купи|поръчай|преведи|дари|изтрий|премахни|избриши|разреши|позволи|публикувай|покани|инсталирай',
    },
    ja: {
      consent: 'クッキー|cookie の設定|同意管理|プライバシー設定|プライバシーの設定',
      asks: 'アクセスを求めて|アクセスを要求|アクセスをリクエスト|アクセスの許可|アクセス許可|へのアクセス|アプリ連携|権限|許可を求めて|許可しますか',
      permit: '許可|承認|同意|承諾|受け入れ|確認する|連携する|連携を許可|接続する|リンクする|購読',
      deed: '支払|購入|注文|振込|送金|寄付|削除|公開する|招待|インストール|アクセスを許可|許可する',
    },
    zh: {
      consent: '隐私设置|隱私設定|隱私權設定|隐私偏好|曲奇|小甜饼|追踪同意|同意管理',
      asks: '请求访问|想要访问|希望访问|申请访问|访问您的|访问你的|要求存取|想要存取|存取您的|存取你的|权限|權限|授权给|授權給|第三方应用|第三方應用',
      permit: '授权|授權|批准|核准|接受|同意|确认|確認|绑定|綁定|关联|關聯|订阅|訂閱',
      deed: '支付|付款|购买|購買|下单|下單|转账|轉帳|捐款|删除|刪除|移除|允许|允許|授予|发布|發佈|邀请|邀請|安装|安裝',
    },
    ko: {
      consent: '쿠키|동의 관리|개인정보 설정|개인 정보 설정',
      asks: '액세스를 요청|접근을 요청|액세스 권한|접근 권한|권한을 요청|권한 요청|정보에 접근|계정에 대한 액세스|타사 앱|허용하시겠습니까',
      permit: '승인|동의|수락|모두 동의|연결하기|연동|구독',
      deed: '결제|구매|주문하기|송금|이체|기부|삭제|제거|허용|게시하기|초대|설치',
    },
    ar: {
      consent: 'ملفات تعريف الارتباط|كوكيز|الكوكيز|إعدادات الخصوصية',
      asks: 'يريد الوصول|يرغب في الوصول|تريد الوصول|يطلب الوصول|طلب إذن|الوصول إلى حسابك|الوصول إلى بياناتك|أذونات|الأذونات|صلاحيات|تطبيق طرف ثالث|تطبيق جهة خارجية',
      permit: 'تفويض|موافقة|الموافقة|أوافق|قبول|تأكيد|ربط|اشتراك',
      deed: 'ادفع|الدفع|شراء|اطلب الآن|تحويل|تبرع|حذف|إزالة|السماح|اسمح|منح|نشر|دعوة|تثبيت',
    },
    fa: {
      consent: 'کوکی|تنظیمات حریم خصوصی|رضایت نامه',
      asks: 'می خواهد به|درخواست دسترسی|دسترسی به حساب|دسترسی به اطلاعات|مجوزها|مجوز دسترسی|برنامه شخص ثالث|اجازه دسترسی',
      permit: 'تایید|تأیید|پذیرش|می پذیرم|موافقم|قبول|اتصال|پیوند|اشتراک',
      deed: 'پرداخت|خرید|سفارش|انتقال وجه|اهدا|حذف|اجازه دادن|اجازه بده|اعطا|انتشار|دعوت|نصب',
    },
    he: {
      consent: 'עוגיות|קובצי עוגיות|הגדרות פרטיות',
      asks: 'מבקש גישה|מבקשת גישה|רוצה לגשת|מעוניינת לגשת|גישה לחשבון|גישה למידע|הרשאות|הרשאה|אפליקציית צד שלישי',
      permit: 'לאשר|אשר גישה|אישור גישה|הסכמה|אני מסכים|אני מסכימה|קבל הכל|קישור חשבון|הירשם כמנוי',
      deed: 'לתשלום|שלם|רכישה|קנה עכשיו|הזמן עכשיו|העברת כספים|תרומה|מחק|הסר|אפשר גישה|לאפשר|פרסם|הזמן חברים|התקן',
    },
    hi: {
      consent: 'कुकी|कुकीज़|कुकीज|सहमति|गोपनीयता सेटिंग',
      asks: 'एक्सेस करना चाहता|एक्सेस चाहता|पहुंच का अनुरोध|एक्सेस का अनुरोध|आपके खाते तक|आपकी जानकारी तक|अनुमतियां|अनुमति मांग|तृतीय पक्ष ऐप',
      permit: 'अधिकृत करें|स्वीकृत करें|स्वीकार करें|सहमत हूं|सहमत|पुष्टि करें|पुष्टि|जोड़ें|लिंक करें|सदस्यता लें',
      deed: 'भुगतान|भुगतान करें|खरीदें|ऑर्डर करें|ट्रांसफर|दान करें|हटाएं|हटाएँ|मिटाएं|अनुमति दें|प्रकाशित करें|आमंत्रित करें|इंस्टॉल|इंस्टॉल करें',
    },
    th: {
      consent: 'คุกกี้|ความยินยอม|การตั้งค่าความเป็นส่วนตัว',
      asks: 'ต้องการเข้าถึง|ขอสิทธิ์|ขออนุญาต|เข้าถึงบัญชีของคุณ|เข้าถึงข้อมูลของคุณ|สิทธิ์การเข้าถึง|แอปของบุคคลที่สาม',
      permit: 'อนุมัติ|ยินยอม|ยอมรับ|ยืนยัน|เชื่อมต่อ|เชื่อมโยง|สมัครรับ',
      deed: 'ชำระเงิน|จ่ายเงิน|ซื้อ|สั่งซื้อ|โอนเงิน|บริจาค|ลบ|อนุญาต|เผยแพร่|เชิญ|ติดตั้ง',
    },
    vi: {
      consent: 'thông báo cookie|cài đặt quyền riêng tư|quyền riêng tư',
      asks: 'muốn truy cập|yêu cầu truy cập|yêu cầu quyền|quyền truy cập|truy cập vào tài khoản|truy cập tài khoản của|cấp quyền|ứng dụng bên thứ ba',
      permit: 'ủy quyền|phê duyệt|chấp nhận|chấp nhận tất cả|đồng ý|xác nhận|kết nối|liên kết|đăng ký nhận',
      deed: 'thanh toán|mua ngay|mua hàng|đặt hàng|chuyển tiền|quyên góp|xóa|gỡ bỏ|cho phép|cấp quyền|xuất bản|mời bạn|cài đặt',
    },
    id: {
      consent: 'kuki|persetujuan*|privasi*|tetapan privasi',
      asks: 'ingin mengakses|meminta akses|ingin akses|akses ke akun*|akses ke data|akses kepada akaun|izin akses|perizinan|kebenaran akses|aplikasi pihak ketiga',
      permit: 'otorisasi*|setujui|setuju|terima|terima semua|konfirmasi|hubungkan|sambungkan|tautkan|berlangganan',
      deed: 'bayar|beli|pesan sekarang|transfer|donasi*|hapus|padam|izinkan|benarkan|berikan akses|terbitkan|undang|pasang',
    },
  };
  for (const [language, lists] of Object.entries(consent)) words[language] = { ...words[language], ...lists };
})();
