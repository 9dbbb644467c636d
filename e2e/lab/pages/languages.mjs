// Login pages in the languages of the word lists: words alone tell what a box is for, and another form stands before it.

import { form, page } from '../pages.mjs';

/** Language, title, user name, password, button, then the words of the form beside it: new password, its button, search. */
const WORDS = `
de|Anmelden|Benutzername|Kennwort|Einloggen|Neues Kennwort|Registrieren|Suche
fr|Connexion|Identifiant|Mot de passe|Se connecter|Nouveau mot de passe|S’inscrire|Rechercher
es|Iniciar sesión|Usuario|Contraseña|Entrar|Nueva contraseña|Registrarse|Buscar
pt|Entrar|Usuário|Senha|Acessar|Nova senha|Cadastre-se|Pesquisar
it|Accedi|Nome utente|Parola chiave|Entra|Nuova password|Registrati|Cerca
nl|Inloggen|Gebruikersnaam|Wachtwoord|Aanmelden|Nieuw wachtwoord|Registreren|Zoeken
sv|Logga in|Användarnamn|Lösenord|Logga in|Nytt lösenord|Skapa konto|Sök
da|Log ind|Brugernavn|Adgangskode|Log ind|Ny adgangskode|Opret konto|Søg
no|Logg inn|Brukernavn|Passord|Logg inn|Nytt passord|Registrer deg|Søk
fi|Kirjaudu sisään|Käyttäjätunnus|Salasana|Kirjaudu|Uusi salasana|Rekisteröidy|Haku
pl|Logowanie|Nazwa użytkownika|Hasło|Zaloguj się|Nowe hasło|Zarejestruj się|Szukaj
cs|Přihlášení|Uživatelské jméno|Heslo|Přihlásit se|Nové heslo|Registrovat|Hledat
sk|Prihlásenie|Používateľské meno|Heslo|Prihlásiť sa|Nové heslo|Registrovať|Hľadať
hu|Bejelentkezés|Felhasználónév|Jelszó|Belépés|Új jelszó|Regisztráció|Keresés
ro|Autentificare|Nume de utilizator|Parolă|Conectare|Parolă nouă|Înregistrare|Caută
hr|Prijava|Korisničko ime|Lozinka|Prijavi se|Nova lozinka|Registracija|Traži
tr|Giriş yap|Kullanıcı adı|Şifre|Giriş yap|Yeni şifre|Üye ol|Ara
el|Σύνδεση|Όνομα χρήστη|Κωδικός πρόσβασης|Σύνδεση|Νέος κωδικός πρόσβασης|Εγγραφή|Αναζήτηση
ru|Вход|Имя пользователя|Пароль|Войти|Новый пароль|Зарегистрироваться|Поиск
uk|Вхід|Ім’я користувача|Пароль|Увійти|Новий пароль|Зареєструватися|Пошук
bg|Вход|Потребителско име|Парола|Влез|Нова парола|Регистрация|Търсене
ja|ログイン|ユーザー名|パスワード|ログイン|新しいパスワード|新規登録|検索
zh|登录|用户名|密码|登录|新密码|注册|搜索
ko|로그인|아이디|비밀번호|로그인|새 비밀번호|회원가입|검색
ar|تسجيل الدخول|اسم المستخدم|كلمة المرور|دخول|كلمة المرور الجديدة|إنشاء حساب|بحث
he|התחברות|שם משתמש|סיסמה|כניסה|סיסמה חדשה|הרשמה|חיפוש
fa|ورود|نام کاربری|رمز عبور|ورود|رمز عبور جدید|ثبت نام|جستجو
hi|लॉग इन|उपयोगकर्ता नाम|पासवर्ड|लॉग इन करें|नया पासवर्ड|साइन अप|खोजें
th|เข้าสู่ระบบ|ชื่อผู้ใช้|รหัสผ่าน|เข้าสู่ระบบ|รหัสผ่านใหม่|สมัครสมาชิก|ค้นหา
vi|Đăng nhập|Tên đăng nhập|Mật khẩu|Đăng nhập|Mật khẩu mới|Đăng ký|Tìm kiếm
id|Masuk|Nama pengguna|Kata sandi|Masuk|Kata sandi baru|Daftar|Cari`;

export default WORDS.trim().split('\n').map((line) => {
  const [language, title, user, password, button, fresh, signup, search] = line.split('|');
  return page(`language-${language}`, 'positive', `words in ${language}`, {
    path: '/portal', language, title, fields: { username: 'f3', password: 'f4' },
    body: `<div><form action="/s"><label>${search}<input name="f0"></label><button>${search}</button></form></div>
      <div><h2>${signup}</h2>${form(`<label>${user}<input name="f1"></label><label>${fresh}<input name="f2" type="password"></label><button>${signup}</button>`, 'method="post" action="/r"')}</div>
      <div><h2>${title}</h2>${form(`<label>${user}<input name="f3"></label><label>${password}<input name="f4" type="password"></label><button type="button" onclick="location='/r'">${signup}</button><button>${button}</button>`)}</div>`,
    accepts: ({ path, fields, values }) => path === '/session' && fields.f3 === values.username && fields.f4 === values.password,
  });
});
