"""Relative dates: "3 days ago", "hace 2 días", "เมื่อวาน", "3 ngày trước", "昨天"."""

from __future__ import annotations

import re
from datetime import date, timedelta

_UNITS: dict[str, str] = {
    "moment": (
        "sec|secs|second|seconds|s|sekunde|sekunden|segundo|segundos|seconde|secondes|secondo|secondi|секунд|секунды|секунду|giây|detik|วินาที|秒|秒鐘|초|"
        "min|mins|minute|minutes|m|minuten|minuto|minutos|minuti|minut|минут|минуты|минуту|хвилин|хвилини|хвилину|мин|phút|menit|minit|นาที|分|分钟|分鐘|분|"
        "دقيقة|دقائق|دقیقه|minuuttia|minuta|minuty|perc|perce|perccel|dakika|minūtes|minutes|dakika|dakikalar|मिनट|মিনিট|dakika|minuut"
    ),
    "hour": (
        "h|hr|hrs|hour|hours|stunde|stunden|std|hora|horas|heure|heures|ora|ore|uur|godzin|godziny|godzinę|час|часа|часов|годин|години|годину|"
        "hodin|hodiny|hodinou|hodinami|órája|óra|timer|timmar|timme|time|tuntia|saat|giờ|tiếng|jam|ชั่วโมง|ชม|小时|小時|時間|个小时|個小時|시간|ساعة|ساعات|ساعت|"
        "masaa|saa|घंटे|ঘণ্টা|stundas|val"
    ),
    "day": (
        "d|day|days|tag|tage|tagen|día|días|dia|dias|jour|jours|j|giorno|giorni|gg|dag|dagen|dagar|dage|dager|dni|dzień|день|дня|дней|дні|днів|dny|dnem|"
        "dnů|dňami|dana|napja|nappal|nap|zile|zi|dienām|dienas|prieš|päivää|päeva|μέρες|ημέρες|gün|ngày|hari|วัน|天|日|일|يوم|أيام|ايام|روز|siku|दिन|দিন|araw"
    ),
    "week": (
        "w|wk|wks|week|weeks|woche|wochen|semana|semanas|semaine|semaines|sem|settimana|settimane|weken|veckor|uger|uker|tygodnie|tygodni|tydzień|"
        "неделю|недели|недель|тиждень|тижні|тижнів|týdny|týdnem|tjedna|hete|héttel|săptămâni|săptămână|nedēļām|viikkoa|hafta|tuần|minggu|สัปดาห์|อาทิตย์|"
        "周|週|週間|星期|个星期|個星期|주|أسبوع|أسابيع|اسبوع|هفته|wiki|सप्ताह|সপ্তাহ|linggo"
    ),
    "month": (
        "mo|mos|month|months|monat|monate|monaten|mes|meses|mês|mois|mese|mesi|maand|maanden|månader|månad|måneder|miesiąc|miesiące|miesięcy|"
        "месяц|месяца|месяцев|місяць|місяці|місяців|měsíce|měsíci|mjeseca|hónapja|hónappal|luni|lună|mēnešiem|kuukautta|ay|tháng|bulan|เดือน|月|个月|個月|"
        "か月|ヶ月|カ月|개월|달|شهر|أشهر|شهور|ماه|miezi|mwezi|महीने|মাস|buwan"
    ),
    "year": (
        "y|yr|yrs|year|years|jahr|jahre|jahren|año|años|ano|anos|an|ans|année|années|anno|anni|jaar|år|rok|lata|lat|год|года|лет|рік|роки|років|lety|rokem|"
        "godine|éve|évvel|ani|gadiem|vuotta|yıl|năm|tahun|ปี|年|년|سنة|سنوات|عام|سال|mwaka|miaka|वर्ष|साल|বছর|taon"
    ),
}
_UNIT_OF = {word: unit for unit, text in _UNITS.items() for word in text.split("|")}
_ALL_UNITS = "|".join(sorted(map(re.escape, _UNIT_OF), key=len, reverse=True))

_AGO = (
    "ago|back|earlier|vor|hace|atrás|há|ha|il y a|y a|depuis|fa|geleden|temu|назад|тому|тому назад|před|pred|prije|"
    "pre|преди|ezelőtt|acum|în urmă|pirms|prieš|"
    "tagasi|sitten|sedan|siden|πριν|önce|trước|cách đây|yang lalu|lalu|yg lalu|lepas|yang lepas|ที่แล้ว|ที่ผ่านมา|ก่อน|"
    "前|以前|之前|전|منذ|قبل|پیش|iliyopita|zilizopita|पहले|আগে|"
    "nakalipas|ang nakalipas"
)
_ALL_AGO = "|".join(sorted(map(re.escape, _AGO.split("|")), key=len, reverse=True))
_ONE = [
    "a",
    "an",
    "one",
    "einem",
    "einer",
    "eine",
    "einen",
    "ein",
    "un",
    "una",
    "um",
    "uma",
    "une",
    "uno",
    "een",
    "jeden",
    "jedną",
    "один",
    "одну",
    "одна",
    "egy",
    "o",
    "bir",
    "một",
    "satu",
    "se",
    "หนึ่ง",
    "一",
    "واحد",
    "yesterday",
]
_ALL_ONE = "|".join(sorted(_ONE, key=len, reverse=True))
_COUNT = rf"(?P<{{0}}>\d{{{{1,3}}}}|{_ALL_ONE})"
# No letter follows, except in scripts that write no spaces.
_END = r"(?![^\W\d_\u0e00-\u0eff\u3040-\u9fff\uac00-\ud7af])"
_AFTER = re.compile(
    rf"(?<!\w){_COUNT.format('n')}\+? ?(?P<u>{_ALL_UNITS})\.?,? ?(?:(?:and |y |et |und |e )?\d{{1,2}} "
    rf"?(?:{_ALL_UNITS}) ?)?(?:{_ALL_AGO}){_END}",
    re.IGNORECASE,
)
_UNIT_FIRST = re.compile(rf"(?<!\w)(?P<u>{_ALL_UNITS}) (?P<n>\d{{1,3}}) (?:{_ALL_AGO}){_END}", re.IGNORECASE)
_BEFORE = re.compile(
    rf"(?<!\w)(?:{_ALL_AGO}) (?:ca\. |etwa |about |mehr als |más de |più di |plus de )?{_COUNT.format('n')}\+? "
    rf"?(?P<u>{_ALL_UNITS})(?![^\W\d_])",
    re.IGNORECASE,
)
_SEMINGGU = re.compile(r"\bse(?P<u>hari|minggu|bulan|jam|menit) (?:yang )?lalu\b", re.IGNORECASE)
_DUAL = {"يومين": 2, "أسبوعين": 14, "ساعتين": 0, "دقيقتين": 0}

_NEAR: dict[int, str] = {
    0: (
        "today|just now|now|moments ago|just posted|heute|gerade eben|hoy|ahora|hoje|agora|agora mesmo|aujourd'hui|"
        "aujourd’hui|à l'instant|oggi|adesso|vandaag|zojuist|"
        "dzisiaj|dziś|сегодня|только что|сьогодні|щойно|dnes|danas|днес|ma|azi|astăzi|šodien|šiandien|täna|tänään|"
        "idag|i dag|σήμερα|bugün|"
        "hôm nay|vừa xong|vừa đăng|mới đây|hari ini|baru saja|วันนี้|เมื่อสักครู่|今天|今日|刚刚|剛剛|本日|たった今|"
        "오늘|방금|اليوم|الآن|امروز|لحظاتی پیش|دقایقی پیش|leo|आज|আজ|ngayon|vandag"
    ),
    1: (
        "yesterday|gestern|ayer|ontem|hier|ieri|gisteren|wczoraj|вчера|вчора|včera|včeraj|jučer|juče|tegnap|vakar|"
        "eile|eilen|igår|i går|χθες|χτες|dün|"
        "hôm qua|kemarin|semalam|kelmarin|เมื่อวาน|เมื่อวานนี้|昨天|昨日|어제|أمس|امس|البارحة|دیروز|jana|कल|গতকাল|"
        "kahapon|gister"
    ),
    2: (
        "day before yesterday|vorgestern|anteayer|antier|anteontem|avant-hier|l'altro ieri|eergisteren|"
        "przedwczoraj|позавчера|позавчора|předevčírem|prekjučer|tegnapelőtt|alaltăieri|"
        "hôm kia|kemarin lusa|เมื่อวานซืน|前天|一昨日|그저께|پریروز"
    ),
}
_NEAR_OF = {word: days for days, text in _NEAR.items() for word in text.split("|")}
_ALL_NEAR = "|".join(sorted(map(re.escape, _NEAR_OF), key=len, reverse=True))
_NEAR_PATTERN = re.compile(
    rf"(?<![^\W\d_\u0e00-\u0eff\u3040-\u9fff\uac00-\ud7af])({_ALL_NEAR})(?![^\W\d_\u3040-\u9fff\uac00-\ud7af])",
    re.IGNORECASE,
)


def days_ago(text: str, today: date) -> date | None:
    """The date that a relative statement means on the day ``today``, or None where the text makes none.

    Hours and minutes count as today; months and years go back by the calendar.
    """
    for word, days in _DUAL.items():
        if word in text and ("منذ" in text or "قبل" in text):
            return today - timedelta(days=days)
    match = _AFTER.search(text) or _BEFORE.search(text) or _UNIT_FIRST.search(text) or _SEMINGGU.search(text)
    if match is None:
        near = _NEAR_PATTERN.search(text)
        return today - timedelta(days=_NEAR_OF[near.group(1).lower()]) if near else None
    count = match.groupdict().get("n") or "1"
    number = int(count) if count.isdigit() else 1
    return _back(today, number, _UNIT_OF[match.group("u").lower()])


def _back(today: date, number: int, unit: str) -> date:
    if unit in {"moment", "hour"}:
        return today - timedelta(days=number // 24 if unit == "hour" else 0)
    if unit in {"day", "week"}:
        return today - timedelta(days=number * (7 if unit == "week" else 1))
    months = today.year * 12 + today.month - 1 - number * (12 if unit == "year" else 1)
    year, month = divmod(months, 12)
    for day in range(today.day, 27, -1):
        try:
            return date(year, month + 1, day)
        except ValueError:  # 31 April: the day before
            continue
    return date(year, month + 1, min(today.day, 28))
