"""Where the fictional people come from: names, towns and firms in many scripts. Any likeness is chance."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Land:
    """A country with its names; telephone numbers are of ranges that are kept for fiction where there are any."""

    country: str
    code: str
    domain: str
    phone: str
    given: tuple[str, ...]
    family: tuple[str, ...]
    towns: tuple[tuple[str, str], ...]
    streets: tuple[str, ...]
    firms: tuple[str, ...]


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _towns(text: str) -> tuple[tuple[str, str], ...]:
    pairs = (town.partition(" ") for town in text.split(", "))
    return tuple((code.replace("_", " "), name) for code, _, name in pairs)


LANDS = (
    Land(
        "Deutschland", "DE", "de.example", "+49 30 23125 {:03}",
        _words("Anna Jürgen Käthe Matthias Sabine Thomas Ulrike Björn Grit Özlem"),
        _words("Müller Schäfer Weiß Größmann Hübner Vogt Lindner Brandt Yıldız Köhler"),
        _towns("10115 Berlin, 80331 München, 50667 Köln, 01067 Dresden"),
        ("Hauptstraße {}", "Am Mühlbach {}", "Königsallee {}"),
        ("Weiß & Söhne GmbH", "Nordlicht Logistik AG", "Bäckerei Hübner KG"),
    ),
    Land(
        "United Kingdom", "GB", "gb.example", "+44 20 7946 0{:03}",
        _words("Olivia Harry Siobhán Nigel Priya Gareth Imogen Callum"),
        _words("O'Neill Smith-Jones Featherstone Patel MacLeod Whitfield Llewellyn"),
        _towns("SW1A_1AA London, M1_1AE Manchester, EH1_1YZ Edinburgh"),
        ("{} High Street", "{} Station Road"),
        ("Featherstone & Partners Ltd", "Whitfield Engineering plc"),
    ),
    Land(
        "France", "FR", "fr.example", "+33 1 99 00 {:02} 17",
        _words("Élodie François Zoé Jérôme Noëlle Maël Benoît"),
        _words("Lefèvre Dubois Gérard Châtelain Le-Goff Besançon"),
        _towns("75001 Paris, 69002 Lyon, 33000 Bordeaux"),
        ("{} rue de la République", "{} quai des Brumes"),
        ("Châtelain et Fils SARL", "Lumière Conseil"),
    ),
    Land(
        "Polska", "PL", "pl.example", "+48 22 555 0{:03}",
        _words("Łukasz Małgorzata Zbigniew Agnieszka Paweł Żaneta"),
        _words("Wiśniewski Kowalczyk Dąbrowska Zieliński Wójcik"),
        _towns("00-001 Warszawa, 30-001 Kraków, 80-001 Gdańsk"),
        ("ul. Długa {}", "ul. Święty Marcin {}"),
        ("Dąb i Spółka", "Bałtyk Transport"),
    ),
    Land(
        "Ελλάδα", "GR", "gr.example", "+30 21 0555 0{:03}",
        _words("Ελένη Γιώργος Δημήτρης Αικατερίνη Νίκος"),
        _words("Παπαδόπουλος Οικονόμου Γεωργίου Βασιλείου"),
        _towns("105_57 Αθήνα, 546_21 Θεσσαλονίκη"),
        ("Οδός Ερμού {}", "Λεωφόρος Αλεξάνδρας {}"),
        ("Αιγαίο ΑΕ", "Ελιά και Υιοί"),
    ),
    Land(
        "Україна", "UA", "ua.example", "+380 44 555 0{:03}",
        _words("Олена Тарас Ірина Богдан Юлія Андрій"),
        _words("Шевченко Коваленко Бойко Мельник Ґудзь"),
        _towns("01001 Київ, 79000 Львів, 65000 Одеса"),
        ("вул. Хрещатик {}", "вул. Лесі Українки {}"),
        ("Дніпро-Буд", "Соняшник ТОВ"),
    ),
    Land(
        "日本", "JP", "jp.example", "+81 3 5550 0{:03}",
        _words("花子 太郎 美咲 健一 さくら 翔太"),
        _words("山田 鈴木 佐藤 高橋 渡邊"),
        _towns("100-0001 東京都千代田区, 530-0001 大阪市北区, 604-8001 京都市中京区"),
        ("丸の内一丁目{}番", "本町{}-2"),
        ("株式会社山田製作所", "さくら商事"),
    ),
    Land(
        "中国", "CN", "cn.example", "+86 10 5550 0{:03}",
        _words("伟 芳 秀英 建国 晓明 丽"),
        _words("王 李 张 欧阳 刘"),
        _towns("100000 北京, 200000 上海, 510000 广州"),
        ("长安街{}号", "南京路{}号"),
        ("长城机械有限公司", "东方贸易"),
    ),
    Land(
        "대한민국", "KR", "kr.example", "+82 2 555 0{:03}",
        _words("민준 서연 지훈 수빈 하은"),
        _words("김 이 박 최 남궁"),
        _towns("04524 서울, 48058 부산"),
        ("세종대로 {}", "해운대로 {}"),
        ("한빛전자", "남산무역"),
    ),
    Land(
        "مصر", "EG", "eg.example", "+20 2 2555 0{:03}",
        _words("فاطمة محمد ليلى يوسف نور"),
        _words("حسن المصري عبدالله الشريف"),
        _towns("11511 القاهرة, 21500 الإسكندرية"),
        ("شارع التحرير {}", "شارع النيل {}"),
        ("شركة النيل للتجارة", "الأهرام للبناء"),
    ),
    Land(
        "ישראל", "IL", "il.example", "+972 3 555 0{:03}",
        _words("נועה דוד תמר יונתן שירה"),
        _words("כהן לוי מזרחי פרץ"),
        _towns("6100000 תל־אביב, 9100000 ירושלים"),
        ("רחוב הרצל {}", "שדרות רוטשילד {}"),
        ("אלון ובניו בע״מ", "תמר תוכנה"),
    ),
    Land(
        "भारत", "IN", "in.example", "+91 22 5550 0{:03}",
        _words("अनिता राजेश प्रिया विक्रम सुनीता"),
        _words("शर्मा पटेल गुप्ता सिंह"),
        _towns("110001 नई_दिल्ली, 400001 मुंबई"),
        ("महात्मा गांधी मार्ग {}", "नेहरू रोड {}"),
        ("गंगा उद्योग", "शर्मा एंड संस"),
    ),
    Land(
        "ประเทศไทย", "TH", "th.example", "+66 2 555 0{:03}",
        _words("สมชาย สุดา อรุณ มาลี"),
        _words("ใจดี ศรีสุข ทองคำ"),
        _towns("10200 กรุงเทพมหานคร, 50000 เชียงใหม่"),
        ("ถนนสุขุมวิท {}", "ถนนราชดำเนิน {}"),
        ("บริษัท ช้างเผือก จำกัด",),
    ),
    Land(
        "Türkiye", "TR", "tr.example", "+90 212 555 0{:03}",
        _words("Ayşe İbrahim Çağla Oğuz Şule"),
        _words("Yılmaz Işık Öztürk Güneş"),
        _towns("34000 İstanbul, 06000 Ankara"),
        ("İstiklal Caddesi {}", "Atatürk Bulvarı {}"),
        ("Güneş Tekstil A.Ş.",),
    ),
    Land(
        "United States", "US", "us.example", "+1 212 555 0{:03}",
        _words("Emma José Liam Keisha Chloë Nguyễn"),
        _words("Johnson Martínez O'Brien Trần Williams Kowalski"),
        _towns("10001 New York NY, 60601 Chicago IL, 94103 San Francisco CA"),
        ("{} Main Street", "{} Market Street, Suite 400"),
        ("Contoso Widgets, Inc.", "Blue Heron; Partners LLC"),
    ),
)  # fmt: skip
"""Fifteen countries; ``firms`` become accounts."""

TITLES = ("Head of Purchasing", "Managing Director", "Sales", "Engineering", "Accounting", "Prokurist", "")
CATEGORIES = ("Customer", "Supplier", "Press", "VIP", "Christmas card")
