"""Names of columns in other languages, put into English word by word.

A technique knows its columns in English; what instruments call them elsewhere stands here once,
for all of them. The same words tell the code page of a text that does not say it.
"""

from __future__ import annotations

import re
import unicodedata

_LONGEST = 300  # characters; longer is a text, not the name of a column
_TELLING = 4000  # bytes beyond ASCII that tell a code page
#: English names and what stands for them, in lower case without accents. Of words that begin
#: alike the longer stand first. German, French, Spanish, Italian, Portuguese, Russian; then
#: Korean, Chinese, Japanese, which set no blanks between words.
_WORDS = {
    "binding energy": "bindungsenergie|energie de liaison|energia de enlace|energia de ligadura"
    "|energia de ligacao|energia di legame|энергия связи|결합 ?에너지|结合能|結合エネルギー",
    "kinetic energy": "kinetische energie|energie cinetique|energia cinetica"
    "|кинетическая энергия|운동 ?에너지|动能|動能|運動エネルギー",
    "energy loss": "energieverlust|perte d'energie|perdida de energia|потери энергии"
    "|에너지 ?손실|能量损失|エネルギー損失",
    "energy": "energie|energia|энергия|에너지|能量|エネルギー",
    "Raman shift": "raman-verschiebung|ramanverschiebung|deplacement raman|desplazamiento raman"
    "|spostamento raman|рамановский сдвиг|комбинационный сдвиг|라만 ?시프트|라만 ?이동|拉曼位移"
    "|拉曼频移|ラマンシフト",
    "wavenumber": "wellenzahl|nombre d'onde|nombre d'ondes|numero de onda|numero d'onda"
    "|волновое число|파수|(?<!周)波[数數]",
    "wavelength": "wellenlange|longueur d'onde|longitud de onda|lunghezza d'onda"
    "|comprimento de onda|длина волны|파장|波[长長]",
    "chemical shift": "chemische verschiebung|deplacement chimique|desplazamiento quimico"
    r"|химический сдвиг|хим\. ?сдвиг|화학적? ?이동|化学位移|化学シフト|ケミカルシフト",
    "frequency": "frequenz|frequence|frecuencia|frequenza|frequencia|частота|주파수|周波数"
    "|[频頻]率",
    "grain boundary conductivity": "korngrenzenleitfahigkeit|korngrenzleitfahigkeit",
    "bulk conductivity": "kornleitfahigkeit|volumenleitfahigkeit",
    "total conductivity": "gesamtleitfahigkeit",
    "conductivity": "leitfahigkeit|ionenleitfahigkeit|conductivite|conductividad|condutividade"
    "|conducibilita|проводимость|전도도|전도율|电导率|電導率|導電率|伝導率",
    "real part": "realteil|partie reelle|parte real|parte reale|действительная часть"
    "|вещественная часть|실수부|실부|[实實実]部",
    "imaginary part": "imaginarteil|partie imaginaire|parte imaginari[ao]|parte immaginaria"
    "|мнимая часть|허수부|虚部|虛部",
    "modulus": "betrag|module de z|module|modulo|модуль|模值|絶対値",
    "impedance": "impedanz|impedancia|impedenza|импеданс|임피던스|阻抗|インピーダンス",
    "phase": "fase|фаза|위상각?|相位角?|位相",
    "test": "測定|测量|측정",
    "test time": "temps total|общее время|경과 ?시간|测试时间|总时间|累计时间|經過時間|経過時間",
    "step time": "время шага|스텝 ?시간|工步时间|步骤时间|相对时间",
    "time": "zeit|temps|tiempo|tempo|время|시간|时间|時間|绝对秒",
    "voltage": "spannung|tension|tensione|tensao|voltaje|potentiel|potencial|potenziale"
    "|напряжение|потенциал|전압|电压|電[圧壓]",
    "current": "strom|stromstarke|courant|corriente|corrente|сила тока|ток|전류|电流|電流",
    "discharge capacity": "entladekapazitat",
    "charge capacity": "ladekapazitat",
    "discharge": "entladung|entladen|decharge|descarga|scarica|разряд|разряда|방전|放[电電]",
    "charge": "ladung|laden|carga|carica|заряд|заряда|충전|充[电電]",
    "specific ": "spezifische|specifique|especifica|удельная|비(?=용량)|比(?=容量)",
    "capacity": "kapazitat|capacite|capacidad|capacidade|capacita|емкость|용량|容量",
    "cycle": "zyklus|numero de ciclo|ciclo|номер цикла|цикл|사이클|循环(?:序?号)?|サイクル番号"
    "|サイクル数|サイクル",
    "state": "zustand|etat|estado|stato|состояние|режим|상태|工步类型|工步状态|工作模式|状态"
    "|状態|モード",
    "step": "schritt|etape|paso|шаг|스텝|工步(?:序?号)?|ステップ",
    "temperature": "temperatur|temperatura|температура|온도|温度",
    "count rate": "zahlrate|taux de comptage|скорость счета",
    "intensity": "intensitat|intensite|intensidad|intensidade|intensita|интенсивность|세기|강도"
    "|[强強]度",
    "counts": r"impulse|imp(?=\.?/)|coups|cuentas|conteggi|импульсы|имп\.?|계수|카운트|计数"
    "|カウント",
    "angle": "winkel|angulo|angolo|угол|각도|角度",
    "theta": "тета",
    "formula": "summenformel|bruttoformel|formel|formule brute|formule|формула|화학식|化学式"
    "|化學式",
    "molar mass": "molmasse|molare masse|masse molaire|masa molar|massa molare?|молярная масса"
    "|молекулярная масса|몰 ?질량|摩[尔爾][质質]量|分子量|モル質量",
    "mass": "masse|masa|massa|einwaage|масса|навеска|질량|[质質]量",
    "purity": "reinheit|purete|pureza|purezza|чистота|순도|[纯純]度",
    "substance": "substanz|chemikalie|reagenz|edukt|verbindung|ausgangsstoff|reactif|compose"
    "|produit|sustancia|reactivo|compuesto|substancia|reagente|composto|sostanza|вещество"
    "|реактив|реагент|соединение|시약|화합물|물질|[试試]剂|原料|化合物|試薬|[药藥]品",
    "point": "punkt|punto|ponto|точка|번호|序号|番号",
    "deg": r"grad|град|(?<=[(\[/])度",
    "ppm": r"м\. ?д\.",
    "s": r"(?<=[(\[/])秒",
}
_EASTERN = re.compile("[\u3040-\u9fff\uac00-\ud7a3]")
_UNITS = {"гц": "Hz", "ом": "ohm", "эв": "eV", "а": "A", "в": "V", "ф": "F", "см": "cm", "нм": "nm"}
_UNITS |= {"с": "s", "мин": "min", "ч": "h", "г": "g"}
_PREFIX = {"мк": "u", "м": "m", "к": "k", "М": "M", "Г": "G", "н": "n", "п": "p", "": ""}
_UNIT = re.compile(
    r"(?<![^\W\d_])(мк|[мкМГнп])?(Гц|Ом|эВ|А|В|Ф|см|нм|с|мин|ч|г)(?![^\W\d_])"
)  # capitals tell volt from "in"


def _folded(text: str) -> str:
    """Text without accents, its wide letters and signs in plain ones."""
    plain = re.sub("[\u0300-\u036f]", "", unicodedata.normalize("NFKD", text))
    return unicodedata.normalize("NFC", plain)


def _pattern(*, eastern: bool) -> str:
    """Pattern of the words of one kind of script; a named group a meaning."""
    groups = []
    for key, words in enumerate(_WORDS.values()):
        chosen = [w for w in _folded(words).split("|") if eastern == bool(_EASTERN.search(w))]
        if chosen:
            groups.append(f"(?P<w{key}>{'|'.join(chosen)})")
    return "|".join(groups)


_MEANINGS = [*_WORDS]
_LETTERS = re.compile(r"[^\W\d_]+")
_WESTERN_WORD = re.compile(
    rf"(?<![^\W\d_])(?:{_pattern(eastern=False)})(?![^\W\d_])", re.IGNORECASE
)
_EASTERN_WORD = re.compile(_pattern(eastern=True))
# a name without any of these, which is the normal case, need not be searched
_FIRST = {m[0] for w in _folded("|".join(_WORDS.values())).split("|") if (m := _LETTERS.match(w))}


def _meaning(found: re.Match[str]) -> str:
    return _MEANINGS[int(str(found.lastgroup)[1:])]


def in_english(name: str) -> str:
    """Name of a column with the words that are known put into English, and no accents.

    >>> in_english("Fréquence (Hz)"), in_english("充電容量/mAh"), in_english("Ток, мА")
    ('frequency (Hz)', 'chargecapacity/mAh', 'current, mA')
    """
    if len(name) > _LONGEST:
        return name
    if not name.isascii():
        name = _folded(name)
        name = _UNIT.sub(lambda m: _PREFIX[m[1] or ""] + _UNITS[m[2].lower()], name)
        if _EASTERN.search(name):
            name = _EASTERN_WORD.sub(_meaning, name)
    if _FIRST.isdisjoint(_LETTERS.findall(name.lower())):
        return name
    return _WESTERN_WORD.sub(_meaning, name)


def code_page(raw: bytes) -> str:
    """The code page that makes known words of bytes that are no UTF-8; "" where none does."""
    text = b" ".join(re.findall(rb"[\x80-\xff][\x40-\x7e\x80-\xff]*", raw))[:_TELLING]
    words = dict.fromkeys(("gb18030", "cp932", "big5", "cp949"), _EASTERN_WORD)
    words["cp1251"] = _WESTERN_WORD
    found = {
        page: sum(
            not word[0].isascii()
            for word in known.finditer(_folded(text.decode(page, errors="replace")))
        )
        for page, known in words.items()
    }
    best = max(found, key=found.__getitem__)
    return best if found[best] else ""
