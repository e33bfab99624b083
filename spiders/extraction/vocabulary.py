"""Words of many languages that say what stands beside or below them on a page.

Each table is one string per field, entries separated by "|", all lower case. A trailing "~" marks an open label:
the value may follow on the same line without a colon ("Sold by Ann").
"""

from __future__ import annotations

_LABELS: dict[str, str] = {
    "seller": (
        "about this seller|info zu diesem verkäufer|informationen zum verkäufer|über den verkäufer|"
        "información de este vendedor|acerca del vendedor|à propos de ce vendeur|informazioni sul venditore|о продавце|"
        "seller|sold by~|seller name|posted by~|listed by~|offered by~|advertiser|vendor|sold and shipped by~|"
        "ships from and sold by~|"
        "owner|shop|store|dealer|contact person|contact name|seller information|seller info|about the seller|about "
        "seller|seller details|"
        "meet the seller|company|company name|member|username|user|breeder|merchant|"
        "verkäufer|anbieter|verkauft von~|verkauf durch|inserent|händler|ansprechpartner|anbieter dieser anzeige|"
        "firma|kontaktdaten|"
        "vendedor|vendido por~|anunciante|publicado por~|información del vendedor|información sobre el vendedor|"
        "tienda|contacto|dueño|"
        "anunciado por~|sobre o vendedor|dados do vendedor|loja|usuário|usuario|"
        "vendeur|vendu par~|annonceur|proposé par~|publié par~|boutique|à propos du vendeur|"
        "venditore|venduto da~|inserzionista|pubblicato da~|negozio|"
        "verkoper|aangeboden door~|adverteerder|sprzedawca|sprzedający|sprzedawane przez~|ogłoszeniodawca|"
        "wystawione przez~|"
        "продавец|продаёт|продает|автор|автор объявления|пользователь|контактное лицо|компания|владелец|имя|магазин|"
        "продавець|користувач|автор оголошення|контактна особа|"
        "prodejce|inzerent|predajca|prodavač|oglašivač|prodajalec|hirdető|eladó|vânzător|vanzator|utilizator|"
        "postat de~|autor|autorul anunțului|"
        "pārdevējs|uzņēmums|pardavėjas|įmonė|müüja|myyjä|ilmoittaja|säljare|sælger|selger|annonsør|πωλητής|satıcı|"
        "ilan sahibi|mağaza|"
        "người bán|người đăng|người đăng tin|đăng bởi~|liên hệ|tên người bán|cửa hàng|shop bán|"
        "penjual|dijual oleh~|pengiklan|nama penjual|toko|penjual iklan|diiklankan oleh~|"
        "ผู้ขาย|ผู้ลงประกาศ|ลงประกาศโดย~|ขายโดย~|ชื่อผู้ขาย|ร้านค้า|เจ้าของประกาศ|ประกาศโดย~|ผู้ประกาศ|โดย~|"
        "卖家|賣家|发布者|發布者|发布人|联系人|聯絡人|店铺|店鋪|商家|卖家信息|賣家資訊|刊登者|出品者|出品者情報|販売者|販売元|판매자|"
        "البائع|المعلن|اسم المعلن|صاحب الاعلان|صاحب الإعلان|الناشر|فروشنده|آگهی دهنده|"
        "muuzaji|विक्रेता|বিক্রেতা|tagabenta|nagbebenta|mpivarotra|vendè"
    ),
    "location": (
        "location|in|located in~|item location|listed in~|ships from~|city|region|area|place|address|town|district|"
        "seller location|pickup location|"
        "where|state|province|suburb|locality|meetup location|deal location|"
        "ort|standort|artikelstandort|adresse|plz/ort|lage|postleitzahl|"
        "ubicación|ubicacion|ubicado en~|localización|localidad|ciudad|municipio|provincia|departamento|dirección|"
        "zona|lugar|distrito|"
        "ubicación del artículo|barrio|"
        "localização|cidade|município|bairro|endereço|região|estado|lieu|ville|localisation|situé à~|région|"
        "adresse|emplacement|commune|"
        "luogo|città|comune|località|posizione|provincia|indirizzo|zona|locatie|plaats|regio|stad|"
        "lokalizacja|miejscowość|miasto|województwo|adres|"
        "местоположение|город|регион|адрес|место|населённый пункт|населенный пункт|район|область|местонахождение|"
        "місцезнаходження|місто|регіон|розташування|населений пункт|"
        "lokalita|místo|město|obec|miesto|mesto|lokacija|kraj|grad|mjesto|helység|település|helyszín|cím|localitate|localitatea|oraș|oras|județ|"
        "regiune|vieta|pilsēta|adrese|vietovė|miestas|asukoht|linn|sijainti|paikkakunta|kunta|plats|sted|τοποθεσία|περιοχή|πόλη|"
        "konum|il / ilçe|ilçe|adres|şehir|"
        "khu vực|địa chỉ|địa điểm|vị trí|nơi bán|tỉnh/thành phố|thành phố|nơi đăng|quận/huyện|gửi từ~|vận chuyển từ~|"
        "lokasi|kota|alamat|daerah|wilayah|provinsi|kabupaten|dikirim dari~|lokasi iklan|lokasi penjual|"
        "ที่ตั้ง|สถานที่|จังหวัด|พื้นที่|ที่อยู่|ทำเล|อำเภอ|ส่งจาก~|จังหวัดที่ขาย|พิกัด|"
        "地区|地區|所在地|位置|地点|地點|城市|区域|區域|发货地|發貨地|地址|所在地区|所在地區|発送元の地域|発送元|地域|取引場所|지역|위치|거래지역|"
        "الموقع|المدينة|المنطقة|العنوان|المحافظة|مکان|شهر|محل|استان|محدوده|"
        "mahali|eneo|mji|mkoa|स्थान|शहर|অবস্থান|lokasyon|toerana"
    ),
    "description": (
        "description|item description|product description|seller's description|about this item|about this product|"
        "ad description|about the item|description from the seller|the details|overview|"
        "beschreibung|artikelbeschreibung des verkäufers|beschreibung des verkäufers|produktbeschreibung|"
        "artikelbeschreibung|objektbeschreibung|produktdetails|"
        "descripción|descripcion|descripción del producto|acerca de este producto|acerca de este artículo|"
        "descripción del vendedor|detalle|"
        "descrição|descrição do produto|"
        "description du produit|descriptif|descrizione|descrizione del prodotto|omschrijving|beschrijving|"
        "productbeschrijving|"
        "opis|opis produktu|описание|описание товара|описание объявления|опис|popis|popis produktu|leírás|"
        "termékleírás|descriere|apraksts|aprašymas|"
        "kirjeldus|kuvaus|beskrivning|beskrivelse|περιγραφή|açıklama|ürün açıklaması|"
        "mô tả|mô tả chi tiết|mô tả sản phẩm|chi tiết|nội dung|thông tin chi tiết|deskripsi|deskripsi produk|"
        "keterangan|detail|rincian|"
        "รายละเอียด|รายละเอียดสินค้า|คำอธิบาย|ข้อมูลสินค้า|描述|商品描述|详情|商品详情|詳情|商品說明|物品描述|商品の説明|商品説明|説明|상품설명|상품정보|설명|"
        "الوصف|وصف|تفاصيل|توضیحات|maelezo|विवरण|বিবরণ|paglalarawan|famaritana"
    ),
    "posted": (
        "posted~|posted on~|date posted~|listed~|listed on~|published~|published on~|date added~|added~|added on~|"
        "ad posted~|"
        "date published~|date listed~|publication date~|placed on~|created on~|date|ad placed~|"
        "online seit~|eingestellt am~|veröffentlicht am~|erstellt am~|erstellungsdatum~|anzeigendatum~|inseriert "
        "am~|veröffentlicht~|aufgegeben am~|datum|"
        "publicado~|publicado el~|publicada el~|publicada~|fecha de publicación~|fecha publicación~|fecha|anuncio "
        "publicado~|"
        "publicado em~|data de publicação~|anunciado em~|inserido em~|data|data da publicação~|"
        "publié le~|publiée le~|mise en ligne le~|mise en ligne~|date de publication~|déposée le~|annonce publiée "
        "le~|date de dépôt~|"
        "pubblicato il~|pubblicata il~|inserito il~|data inserzione~|data di pubblicazione~|inserzione del~|"
        "geplaatst op~|geplaatst~|sinds~|dodano~|dodane~|data dodania~|dodano dnia~|opublikowano~|data publikacji~|"
        "dodaj data~|"
        "опубликовано~|размещено~|дата публикации~|дата размещения~|добавлено~|дата подачи~|подано~|дата|создано~|"
        "дата добавления~|"
        "опубліковано~|додано~|розміщено~|vloženo~|přidáno~|zveřejněno~|pridané~|vložené~|objavljeno~|objavljen~|"
        "datum objave~|objavljeno dana~|"
        "feladás dátuma~|feladva~|feltöltve~|feladás ideje~|publicat~|publicat la~|adăugat~|adaugat la~|postat~|"
        "postat la~|data adăugării~|"
        "datums|pievienots~|ievietots~|paskelbta~|įdėta~|lisatud~|sisestatud~|ilmoitus jätetty~|julkaistu~|"
        "jätetty~|publicerad~|inlagd~|upplagd~|oprettet~|"
        "lagt ut~|publisert~|opprettet~|δημοσιεύτηκε~|καταχωρήθηκε~|ilan tarihi~|yayınlanma tarihi~|ilan oluşturulma~|"
        "đăng~|ngày đăng~|đăng lúc~|đăng ngày~|đăng tin~|thời gian đăng~|đã đăng~|"
        "diposting~|dipasang~|tanggal posting~|tanggal tayang~|dipublikasikan~|ditayangkan~|diiklankan pada~|"
        "tanggal|disiarkan~|diterbitkan~|"
        "ลงประกาศ~|ลงประกาศเมื่อ~|ประกาศเมื่อ~|วันที่ลงประกาศ~|โพสต์เมื่อ~|ลงเมื่อ~|วันที่ประกาศ~|โพสเมื่อ~|วันที่ลง~|วันที่โพสต์~|เผยแพร่เมื่อ~|"
        "发布时间~|发布日期~|发布于~|發佈時間~|發布時間~|刊登時間~|刊登日期~|上架时间~|发表于~|發表於~|刊登於~|发布~|出品日時~|出品日~|投稿日~|掲載日~|公開日~|登録日~|投稿日時~|"
        "등록일~|작성일~|게시일~|تاريخ النشر~|تاريخ الإعلان~|نشر~|نُشر~|تم النشر~|نشر في~|تاریخ انتشار~|تاریخ ثبت~|"
        "زمان انتشار~|منتشر شده~|"
        "ilichapishwa~|imewekwa~|iliwekwa~|प्रकाशित~|পোস্ট করা হয়েছে~"
    ),
    "price": (
        "price|our price|asking price|selling price|buy it now|buy now|now|sale price|current price|price each|"
        "preis|festpreis|verkaufspreis|precio|"
        "precio de venta|valor|preço|prix|prix de vente|prezzo|prijs|vraagprijs|cena|cena brutto|цена|стоимость|"
        "ціна|ár|vételár|preț|pret|kaina|hind|hinta|pris|τιμή|"
        "fiyat|giá|giá bán|giá tiền|harga|harga jual|ราคา|ราคาขาย|价格|價格|售价|售價|价钱|一口价|値段|価格|"
        "販売価格|가격|판매가|السعر|سعر|قیمت|bei|कीमत|मूल्य|"
        "দাম|presyo|kaufpreis|kaltmiete|miete|capital required"
    ),
    "stop": (
        "about us|contact us|terms of use|terms and conditions|privacy policy|help center|mobile apps|impressum|"
        "datenschutz|agb|"
        "condiciones de uso|política de privacidad|aviso legal|sobre nosotros|termos de uso|política de "
        "privacidade|mentions légales|"
        "conditions générales|privacy|regulamin|polityka prywatności|условия использования|политика "
        "конфиденциальности|мобильные приложения|"
        "о компании|điều khoản sử dụng|chính sách bảo mật|về chúng tôi|syarat dan ketentuan|kebijakan privasi|"
        "tentang kami|"
        "เงื่อนไขการใช้งาน|นโยบายความเป็นส่วนตัว|เกี่ยวกับเรา|关于我们|隐私政策|關於我們|服务条款|利用規約|プライバシーポリシー|이용약관|"
        "개인정보처리방침|سياسة الخصوصية|من نحن|"
        "similar|similar items|similar ads|similar listings|similar products|related|related items|related "
        "products|related ads|you may also like|you might also like|"
        "recommended|recommended for you|more from this seller|other items|other ads|more like this|customers also "
        "bought|customers also viewed|"
        "people also viewed|sponsored|today's picks|recently viewed|frequently bought together|featured products|"
        "best sellers|"
        "ähnliche artikel|ähnliche anzeigen|ähnliche angebote|das könnte dich auch interessieren|das könnte ihnen "
        "auch gefallen|kunden kauften auch|weitere anzeigen|"
        "weitere artikel|andere nutzer|zuletzt angesehen|"
        "productos similares|anuncios similares|también te puede interesar|productos relacionados|quienes vieron "
        "este producto también compraron|otros anuncios|"
        "anúncios similares|produtos relacionados|você também pode gostar|quem viu, viu também|annonces similaires|"
        "produits similaires|"
        "vous aimerez aussi|produits associés|annunci simili|prodotti correlati|potrebbe interessarti anche|"
        "vergelijkbare advertenties|"
        "podobne ogłoszenia|podobne produkty|zobacz także|inne ogłoszenia|похожие объявления|похожие товары|с этим "
        "товаром покупают|вам также может понравиться|"
        "рекомендуем|другие объявления|схожі оголошення|podobné inzeráty|podobné produkty|související produkty|"
        "hasonló hirdetések|hasonló termékek|"
        "anunțuri similare|produse similare|benzer ilanlar|benzer ürünler|tin tương tự|tin đăng tương tự|sản phẩm "
        "tương tự|có thể bạn quan tâm|có thể bạn thích|"
        "iklan serupa|produk serupa|produk terkait|iklan terkait|rekomendasi|mungkin anda suka|ประกาศที่คล้ายกัน|"
        "สินค้าที่เกี่ยวข้อง|สินค้าใกล้เคียง|สินค้าแนะนำ|"
        "ประกาศอื่นๆ|相似商品|相关商品|相關商品|猜你喜欢|猜你喜歡|推荐|推薦商品|为您推荐|關聯商品|関連商品|こちらもおすすめ|この商品を見た人|"
        "おすすめ商品|関連する商品|この出品者の商品|비슷한 상품|연관상품|إعلانات مشابهة|منتجات مشابهة|آگهی‌های "
        "مشابه|محصولات مشابه|matangazo yanayofanana"
    ),
}

LABELS: dict[str, dict[str, bool]] = {
    field: {entry.rstrip("~"): entry.endswith("~") for entry in text.split("|")} for field, text in _LABELS.items()
}


def _by_first_word() -> dict[str, list[tuple[str, str, bool]]]:
    table: dict[str, list[tuple[str, str, bool]]] = {}
    for field, labels in LABELS.items():
        for label, is_open in labels.items():
            table.setdefault(label.split(" ", 1)[0], []).append((field, label, is_open))
    for entries in table.values():
        entries.sort(key=lambda entry: -len(entry[1]))
    return table


FIRST_WORDS = _by_first_word()
