"""What walls, challenges and error pages say and carry, by cause. Data for ``blocked.py``."""

from __future__ import annotations

import re
from enum import StrEnum


class Cause(StrEnum):
    """Why a page is not what was asked for, in plain words."""

    CHALLENGE = "the site asks for proof that a person is reading (captcha or browser check)"
    DENIED = "the site refuses access"
    LIMIT = "the site says that there were too many requests"
    LOGIN = "login wall"
    VERIFY = "the site asks to verify an account"
    ERROR = "the site answers with an error instead of the page"
    GONE = "the page says that it does not exist (any more)"
    SCRIPT = "empty shell: the page is built by script and holds no content"
    HOME = "sent to the site's home page instead"


def _any(phrases: str) -> re.Pattern[str]:
    parts = [part.strip() for part in phrases.strip().splitlines() if part.strip()]
    return re.compile("|".join(rf"(?:{part})" for part in parts), re.IGNORECASE)


# Longest lists first by how sure they are; "." stands for any apostrophe.
PHRASES: dict[Cause, re.Pattern[str]] = {
    Cause.CHALLENGE: _any(r"""
        verify(?:ing)? (?:that )?you(?:.re| are) (?:a |not a )?(?:human|robot|bot)|verify you.{0,12}human|are you (?:a )?(?:human|robot)|i.?m not a robot|not a bot
        prove (?:that )?you.{0,8}(?:human|not a robot)|human verification|security (?:check|verification|checkpoint)|bot (?:protection|detection|verification)
        checking (?:your|the|if the) (?:browser|site connection)|just a moment|one more step|press (?:&|and|&amp;) hold|attention required|ddos.guard
        pardon our interruption|your (?:browser|connection) is being (?:checked|verified)|complete the (?:captcha|security check|challenge)|solve (?:this|the) (?:captcha|puzzle)
        (?:please )?enable (?:js|javascript|cookies)(?: and (?:cookies|disable any ad.?blocker|reload))?|javascript and cookies|unusual (?:traffic|activity)|automated (?:queries|requests|access|traffic)
        slide to verify|drag the slider|captcha (?:required|challenge|page)|enter the characters (?:you see|below)|robot check|access to this page has been denied because we believe
        comprueba que (?:eres|no eres)|verifica que (?:eres|no eres)|no soy un robot|verificaci[oó]n de seguridad|tr[aá]fico inusual|estamos comprobando tu navegador
        verifique que (?:voc[eê]|é) |n[aã]o sou um rob[oô]|verifica[cç][aã]o de seguran[cç]a|tr[aá]fego incomum|verificando (?:seu|o seu) navegador
        v[eé]rifie[zr] que vous (?:[eê]tes|n.[eê]tes)|je ne suis pas un robot|v[eé]rification de s[eé]curit[eé]|trafic inhabituel|v[eé]rification de votre navigateur
        best[aä]tige.{0,20}(?:mensch|kein roboter)|ich bin kein roboter|sicherheits(?:.{0,3}pr[uü]fung|[uü]berpr[uü]fung|check)|ungew[oö]hnliche[rn]? (?:datenverkehr|aktivit)|browser wird [uü]berpr[uü]ft
        verifica (?:di sicurezza|che (?:tu )?(?:sei|non sei))|non sono un robot|potwierd[zź].{0,20}(?:cz[lł]owiek|robot)|nie jestem robotem|sprawdzanie przegl[aą]darki
        подтвердите,? что (?:вы|запросы)|я не робот|вы (?:не )?робот|проверка (?:браузера|безопасности)|проверяем (?:ваш )?браузер|необычн(?:ый|ого) трафик|введите (?:символы|код) с картинки
        підтвердьте,? що ви|я не робот|перевірка (?:браузера|безпеки)
        xác minh (?:bạn|rằng bạn|an toàn)|tôi không phải.{0,8}(?:robot|người máy)|kiểm tra (?:bảo mật|trình duyệt)|kéo thanh trượt|lưu lượng (?:truy cập )?bất thường
        verifikasi (?:bahwa )?anda|saya bukan robot|pemeriksaan keamanan|lalu lintas (?:tidak biasa|yang tidak)|geser untuk
        ยืนยันว่า(?:คุณ)?(?:เป็นมนุษย์|ไม่ใช่)|ฉันไม่ใช่โปรแกรม|ตรวจสอบความปลอดภัย|เลื่อนเพื่อ(?:ยืนยัน)?|การเข้าใช้งานที่ผิดปกติ
        安全验证|安全驗證|人机验证|人機驗證|滑块|滑塊|滑动(?:验证|完成)|拖动(?:滑块|下方)|请(?:完成|输入)(?:安全)?验证|请输入验证码|驗證您是(?:人類|真人)|验证您是(?:真人|人类)|异常(?:流量|访问)|访问(?:行为)?异常|非法访问|哎哟喂,?被挤爆
        私はロボットではありません|ロボットではない|セキュリティ(?:チェック|確認)|画像認証|通常と異なるトラフィック|ブラウザを確認
        로봇이 아닙니다|보안 ?(?:확인|문자)|사람인지 확인|비정상적인 (?:접근|트래픽)
        لست (?:روبوت|برنامج)|التحقق من (?:أنك|الأمان|المتصفح)|تحقق من أنك|من ربات نیستم|بررسی امنیتی|ربات نیستید
        ben robot de[gğ]ilim|güvenlik (?:kontrol|doğrulama)|ik ben geen robot|beveiligingscontrole|thibitisha (?:kuwa )?wewe
        mimi si roboti|मैं रोबोट नहीं|bekreft at du er|jag är inte en robot
    """),
    Cause.DENIED: _any(r"""
        access (?:has been |is |was )?(?:denied|forbidden|blocked|restricted|to this page (?:has been )?denied)|(?:request|requested url) (?:was|is|has been) (?:blocked|rejected|denied)|\b403\b.{0,20}forbidden|forbidden
        you(?:.ve| have) been blocked|(?:your )?(?:ip|address|country|network|region) (?:address )?(?:has been|is|was) (?:blocked|banned|restricted)|not available in your (?:country|region|location)|not authori[sz]ed|unauthori[sz]ed
        blocked by network security|sorry, you have been|permission to access|unable to give you access|not acceptable!|whoa there
        acceso (?:denegado|restringido|prohibido|bloqueado)|acesso (?:negado|bloqueado|restrito|proibido)|acc[eè]s (?:refus[eé]|interdit|bloqu[eé]|restreint)|zugriff (?:verweigert|gesperrt|nicht erlaubt)|accesso (?:negato|bloccato)|dost[eę]p (?:zabroniony|zablokowany)
        доступ (?:ограничен|запрещ[её]н|закрыт|заблокирован)|проблема с ip|доступ (?:обмежено|заборонено)|truy cập (?:bị )?(?:từ chối|chặn|bị từ chối)|akses (?:ditolak|diblokir|dibatasi)|ถูกปฏิเสธ|การเข้าถึงถูก|ไม่อนุญาตให้เข้า
        访问(?:被拒绝|受限|被阻断|被禁止)|拒绝访问|存取被拒|您的访问被阻断|アクセス(?:が)?(?:拒否|禁止|制限)|접근(?:이)? ?(?:거부|차단|제한)|تم (?:رفض|حظر) (?:الوصول|الدخول)|دسترسی (?:شما )?(?:مسدود|محدود|غیر ?مجاز)|eri[sş]im (?:engellendi|reddedildi)|toegang (?:geweigerd|geblokkeerd)
    """),
    Cause.LIMIT: _any(r"""
        too many requests|rate.?limit(?:ed)?|request limit|slow down|too (?:fast|quickly|often)|try again in (?:a few|\d+) (?:minutes|seconds)|429
        demasiad[oa]s (?:solicitudes|peticiones|intentos)|muitas (?:solicita[cç][oõ]es|requisi[cç][oõ]es)|trop de (?:requ[eê]tes|demandes)|zu viele (?:anfragen|zugriffe)|troppe richieste|zbyt wiele (?:zapyta[nń]|[zż][aą]da[nń])
        слишком много запросов|забагато запитів|quá nhiều yêu cầu|terlalu banyak permintaan|คำขอมากเกินไป|访问(?:过于)?频繁|操作(?:过于)?频繁|请求过多|系统繁忙|アクセスが集中|リクエストが多すぎ|요청이 너무 많|طلبات كثيرة|çok fazla istek|te veel verzoeken
    """),
    Cause.VERIFY: _any(r"""
        account.verification|micro.?landing|verify your account|verifica (?:tu|su) (?:cuenta|identidad)|ingresa a tu cuenta para|verifique sua conta|para continuar,? (?:ingresa|acesse|entre)|nov[ao] (?:en|no) mercado ?li[bv]re
        подтвердите (?:аккаунт|номер|телефон)|xác minh tài khoản|verifikasi akun|验证(?:你的|您的)?(?:账号|账户|身份)|confirme (?:tu|sua) identidad
    """),
    Cause.LOGIN: _any(r"""
        (?:please |you (?:must|need to) )?(?:log|sign).?in (?:to|and|or|with|required|first|now)|login(?: required| to continue| \| |$)|^(?:log|sign) ?in\b|must be logged in|(?:create|need) an account to|members only
        iniciar? sesi[oó]n|inicia sesi[oó]n|entre na sua conta|fa[cç]a (?:o )?login|se connecter|connectez.vous|connexion (?:à|requise)|anmelden|einloggen|bitte melde|accedi|effettua (?:il )?(?:login|accesso)|zaloguj
        войдите|вход (?:в|на)|авторизуйтесь|авторизация|увійдіть|đăng nhập|masuk(?: ke| untuk| \||$)|silakan (?:login|masuk)|เข้าสู่ระบบ|请(?:先)?登[录錄陆]|(?:用户|密码|扫码)登[录錄]|登入|ログイン(?:して|が必要|画面|ページ)|로그인|تسجيل الدخول|ورود به|giri[sş] yap|inloggen
    """),
    Cause.ERROR: _any(r"""
        service (?:temporarily )?unavailable|temporarily unavailable|page (?:is )?unavailable|bad gateway|gateway time.?out|internal server error|server error|\b(?:500|502|503|504|520|521|522)\b.{0,30}(?:error|unavailable|gateway|timed? ?out)|web server is down|under maintenance|down for maintenance|be right back
        (?:sorry|oops|uh.oh|whoops)[,!.]? ?(?:but )?(?:something|an error|we.{0,20}(?:problem|trouble|wrong))|something went wrong|an (?:unexpected )?error (?:has )?occurred|unable to (?:load|service|process)|could not be loaded|failed to load|try again later
        algo (?:sali[oó]|deu|ha salido) (?:mal|errado)|servicio no disponible|servi[cç]o indispon[ií]vel|error del servidor|une erreur (?:est survenue|s.est produite)|service indisponible|etwas ist schief|ein fehler ist aufgetreten|nicht erreichbar|wartungsarbeiten|qualcosa è andato storto|co[sś] posz[lł]o nie tak
        что.то пошло не так|произошла ошибка|сервис (?:временно )?недоступен|ведутся технические работы|щось пішло не так|đã (?:có|xảy ra) lỗi|có lỗi xảy ra|terjadi kesalahan|layanan tidak tersedia|เกิดข้อผิดพลาด|ไม่สามารถให้บริการ
        出了(?:点)?问题|出错了|页面(?:走丢|出错)|服务(?:器)?(?:繁忙|错误|不可用)|网络(?:异常|错误)|加载失败|エラーが発生|ただいまアクセス|メンテナンス中|오류가 발생|حدث خطأ|خطایی رخ|bir (?:hata|sorun) olu[sş]tu|er is iets misgegaan|hitilafu imetokea
    """),
    Cause.GONE: _any(r"""
        (?:page|listing|item|ad|advert|post|product|offer|content|thread|topic)s? (?:you.{0,30} )?(?:(?:is|was|has been|have been|are) )?(?:no longer (?:available|exists?|active)|does(?: not|n.t) exist|not found|could not be found|can.?t be found|cannot be found|(?:been )?(?:removed|deleted|expired)|isn.t available|not available)
        \b404\b|no longer (?:available|exists|here|online)|we (?:couldn.t|could not|can.t|cannot) find|(?:this|the) (?:page|listing|ad|item|post) (?:isn.t|is not) (?:available|here)|page not found|not found
        (?:anuncio|publicaci[oó]n|art[ií]culo|p[aá]gina|producto).{0,25}(?:borrad|eliminad|no (?:existe|disponible|encontrad)|ya no|finaliz|caduc)|(?:an[uú]ncio|p[aá]gina|produto).{0,25}(?:removid|exclu[ií]d|n[aã]o (?:existe|encontrad|est[aá]))|(?:annonce|page|article|produit).{0,25}(?:n.existe|introuvable|supprim|expir|plus disponible|n.est plus)
        (?:anzeige|seite|artikel|angebot).{0,30}(?:nicht (?:mehr|gefunden)|gel[oö]scht|existiert nicht|abgelaufen)|(?:annuncio|pagina|prodotto).{0,25}(?:non (?:esiste|trovat|disponibile|è più)|rimoss|scadut)|(?:og[lł]oszenie|strona).{0,25}(?:nie istnieje|nieaktualne|zako[nń]czone|usuni[eę]te|nie zosta[lł])
        (?:объявление|страница|товар|тема).{0,25}(?:не найден|снято|удален|удалён|не существует|неактивно|закрыт|устарел)|(?:оголошення|сторінк).{0,25}(?:не знайден|видален|неактивн|не існує)|(?:tin|trang|sản phẩm|bài).{0,25}(?:không (?:tồn tại|tìm thấy|còn)|đã (?:bị )?(?:xóa|xoá|hết hạn|ẩn))|(?:iklan|halaman|produk).{0,25}(?:tidak (?:ditemukan|tersedia|ada)|dihapus|kedaluwarsa)
        ไม่พบ(?:หน้า|ประกาศ|สินค้า)|(?:ประกาศ|สินค้า|หน้า).{0,15}(?:ถูกลบ|หมดอายุ|ไม่มี)|(?:商品|页面|宝贝|内容|帖子|頁面|信息).{0,8}(?:不存在|已下架|已删除|已被删除|已刪除|找不到|失效)|存在しません|見つかりません(?:でした)?|削除されました|(?:페이지|상품).{0,8}(?:없습니다|삭제|찾을 수)|(?:الصفحة|الإعلان).{0,15}(?:غير موجود|محذوف)|لم يتم العثور على الصفحة|(?:صفحه|آگهی).{0,20}(?:یافت نشد|حذف|موجود نیست)|(?:ilan|sayfa).{0,20}(?:bulunamad|yay[ıi]nda de[gğ]il|kald[ıi]r[ıi]l)|(?:pagina|advertentie).{0,25}(?:niet (?:gevonden|meer)|bestaat niet|verwijderd)
    """),
    Cause.SCRIPT: _any(r"""
        (?:you )?(?:need to|must|please|have to) (?:enable|turn on|activate) javascript|enable javascript to|javascript (?:is|must be|has been) (?:required|enabled|disabled|needed)|requires? javascript|without javascript|(?:doesn.t|does not) work (?:properly )?without javascript
        (?:habilit|activ|active).{0,15}javascript|javascript (?:aktivieren|ist deaktiviert|wird benötigt)|activer javascript|abilita.{0,10}javascript|включите javascript|bật javascript|aktifkan javascript|เปิด(?:ใช้งาน)? ?javascript|启用 ?javascript|javascript ?(?:を有効|が無効)
    """),
}  # fmt: skip

# Marks in the source of a page that only a wall or a challenge carries (ordinary pages of the same vendors do not).
MARKS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), vendor)
    for pattern, vendor in (
        (r"_cf_chl_opt|cf-challenge|cf_chl_|challenge-form|cf-error-details|cf-browser-verification|/cdn-cgi/challenge-platform/h/\w/orchestrate|turnstile/v0/.{0,60}onload=_cf", "Cloudflare"),
        (r"geo\.captcha-delivery\.com|ct\.captcha-delivery\.com|var\s+dd\s*=\s*\{[^}]{0,400}captcha", "DataDome"),
        (r"px-captcha|_pxCaptcha|captcha\.px-cdn|perimeterx.{0,40}block|px-block", "PerimeterX"),
        (r"_Incapsula_Resource\?(?:CWUDNSAI|SWUDNSAI|incident)|incapsula incident|Incapsula_Error", "Incapsula"),
        (r"errors\.edgesuite\.net|errors&#46;edgesuite|sec-if-cpt-container|bm-verify=|/_sec/cp_challenge|ak-challenge|Reference&#32;&#35;", "Akamai"),
        (r"_____tmd_____/punish|x5secdata|punish\?x5|nc_1_n1z|baxia-punish|\"RGV587_ERROR|FAIL_SYS_USER_VALIDATE", "Alibaba"),
        (r"gokuProps|awsWafCookieDomainList|/aws-waf-token/|captcha\.awswaf\.com", "AWS WAF"),
        (r"KPSDK|/149e9513-01fa-4fb0-aad4-566afd725d1b/", "Kasada"),
        (r"sucuri_cloudproxy_js|sucuri website firewall", "Sucuri"),
        (r"distil_r_(?:captcha|blocked)|distilIdentificationBlock", "Distil"),
        (r"The requested URL was rejected\. Please consult|TSPD_101|/TSPD/", "F5"),
        (r"/\.within\.website/x/cmd/anubis|anubis_challenge", "Anubis"),
        (r"__ddg\w+_|ddos-guard\.net/|check\.ddos-guard", "DDoS-Guard"),
        (r"showcaptcha|smartcaptcha\.yandex|/checkcaptcha", "Yandex SmartCaptcha"),
        (r"/sorry/index\?continue|id=\"captcha-form\"", "Google"),
        (r"vercel security checkpoint|/\.well-known/vercel/security", "Vercel"),
        (r"wappass\.baidu\.com/static/captcha|百度安全验证", "Baidu"),
        (r"id=[\"']?(?:slide-captcha|captcha-container|nocaptcha|geetest_)", "a slider captcha"),
    )
)  # fmt: skip
# Widgets that ordinary pages carry too: a weak cue.
WIDGETS = re.compile(r"recaptcha/(?:api|enterprise)|hcaptcha\.com/1/api|challenges\.cloudflare\.com/turnstile|g-recaptcha|h-captcha|arkoselabs|funcaptcha|geetest|captcha", re.I)
NO_RESULTS = re.compile(
    r"no (?:results|matches|items|ads|listings|products) (?:were )?(?:found|for|match)|0 results|\bno results\b|did not match any|nothing (?:was )?found|sin resultados|no (?:hay|se encontraron|encontramos).{0,20}(?:resultados|anuncios|publicaciones)|"
    r"nenhum resultado|n[aã]o encontramos|aucun(?:e)? (?:résultat|annonce)|keine (?:ergebnisse|treffer|anzeigen)|nessun risultato|brak (?:wyników|ogłoszeń)|ничего не найдено|не найдено (?:ни одного )?объявлени|нічого не знайдено|không tìm thấy (?:kết quả|sản phẩm)|"
    r"tidak (?:ada|ditemukan) (?:hasil|iklan)|ไม่พบ(?:ผลการค้นหา|รายการ)|没有找到|未找到相关|暂无(?:结果|数据)|沒有(?:找到|符合)|該当する.{0,10}(?:ありません|見つかりません)|一致する.{0,10}(?:ありません|見つかりません)|검색 결과가 없|لا توجد نتائج|نتیجه‌?ای یافت نشد|sonuç bulunamadı|geen resultaten|hakuna matokeo",
    re.I,
)
LOGIN_URL = re.compile(r"/(?:log-?in|sign-?in|signin|auth|authorize|account/login|accounts/login|users/sign_in|login\.php|buyer/login|ap/signin|checkpoint|passport)(?:[/?.#]|$)", re.I)
HOME_TITLE = re.compile(r"^(?:[\w.!]+ )?(?:home ?page|home|startseite|accueil|inicio|início|p[aá]gina (?:de inicio|inicial)|главная(?: страница)?|головна|beranda|trang chủ|หน้าแรก|首页|首頁|トップページ)(?:\s*[|–—-].*)?$", re.I)
LOADING = re.compile(r"^(?:loading|please wait|cargando|carregando|chargement|wird geladen|caricamento|загрузка|đang tải|memuat|กำลังโหลด|加载中|載入中|読み込み中|로딩|جار التحميل|در حال بارگذاری|yükleniyor)[ .…]*$", re.I)
