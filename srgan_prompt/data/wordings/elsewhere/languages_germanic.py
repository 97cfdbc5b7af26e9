"""Wishes and sentences in Germanic languages, which share words with English, and in others of the Latin script."""

GERMANIC: dict[str, tuple[str, ...]] = {
    "german": (
        "(mach|mache|machen sie) (das bild|es|das foto) (bitte|) (heller|dunkler|schärfer|wärmer|kälter|bunter|klarer)",
        (
            "(erhöhe|verringere|reduziere|senke) (den kontrast|die helligkeit|die sättigung|das rauschen) (ein"
            " wenig|stark|um 20 prozent|)"
        ),
        (
            "(entferne|beseitige|lösche) (das rauschen|die unschärfe|die artefakte|das auto|den hintergrund|das"
            " wasserzeichen)"
        ),
        "(in|bitte in|wandle es um in|mach es) (schwarz-weiß|schwarzweiss|sepia|graustufen)",
        "(kräftigere|mattere|wärmere|kältere|lebendigere) farben(| bitte)",
        (
            "(ein grauer wolf|eine frau im roten kleid|eine schwarze katze|das warme licht) (im schnee|am strand|in"
            " der nacht)"
        ),
        (
            "(hallo|guten tag|bitte), (kannst du|können sie) das (foto|bild) (aufhellen|abdunkeln|schärfen"
            "|verbessern|vergrößern)?"
        ),
        "(es ist|das bild ist|alles ist) (viel|) zu (dunkel|hell|unscharf|gelb|blau|verrauscht|verpixelt)",
        "(mehr|weniger) (kontrast|licht|sättigung|details|rauschen|farbe|wärme|schärfe)",
        "(nicht heller|kein sepia|die farben nicht ändern|lass den kontrast so|ohne rauschen)",
    ),
    "dutch": (
        "(maak|maakt u) (de foto|het beeld|hem|het) (lichter|donkerder|scherper|warmer|koeler|helderder)",
        "(verhoog|verlaag|verminder) (het contrast|de helderheid|de verzadiging|de ruis) (een beetje|veel|)",
        "(verwijder|haal weg|weg met) (de ruis|de onscherpte|de artefacten|de auto|de achtergrond)",
        "(in|maak er|zet om naar) (zwart-wit|sepia|grijstinten)",
        "(fellere|doffere|warmere|koelere|levendige) kleuren(| graag)",
        "(een grijze wolf|een vrouw in het rood|een zwarte kat|warm water) (in de sneeuw|op het strand)",
        "(hallo|goedendag|alsjeblieft), kun je de foto (lichter maken|verbeteren|vergroten|verscherpen)?",
        "(het is|de foto is) (veel|een beetje) te (donker|licht|wazig|geel|blauw|korrelig)",
        "(meer|minder) (contrast|licht|verzadiging|detail|ruis|kleur|warmte)",
    ),
    "swedish": (
        "gör (bilden|den|fotot) (ljusare|mörkare|skarpare|varmare|kallare)(| tack)",
        "(öka|minska|höj|sänk) (kontrasten|ljusstyrkan|mättnaden|bruset) (lite|mycket|)",
        "(ta bort|rensa) (bruset|oskärpan|artefakterna|bilen|bakgrunden)",
        "(i|gör den|konvertera till) (svartvitt|sepia|gråskala)",
        "(starkare|svagare|varmare|kallare) färger",
        "(en grå varg|en kvinna i rött|en svart katt) (i snön|på stranden)",
        "(hej|god dag|snälla), kan du (förbättra|ljusa upp|förstora) bilden?",
        "(den|bilden) är (för|lite för) (mörk|ljus|suddig|gul|brusig)",
        "(mer|mindre) (kontrast|ljus|färg|brus|detaljer|skärpa)",
    ),
    "danish": (
        "gør (billedet|det|fotoet) (lysere|mørkere|skarpere|varmere|koldere)(| tak)",
        "(øg|sænk|hæv|formindsk) (kontrasten|lysstyrken|mætningen|støjen) (lidt|meget|)",
        "(fjern|slet) (støjen|sløringen|artefakterna|bilen|baggrunden)",
        "(i|lav det|konverter til) (sort-hvid|sepia|gråtoner|svart-hvitt)",
        "(stærkere|svagere|varmere|kaldere) farver",
        "(en grå ulv|en kvinde i rødt|en sort kat) (i sneen|på stranden)",
        "(hej|hei|goddag), kan du (forbedre|lysne|forstørre) billedet?",
        "(det|billedet|bildet) er (for|alt for) (mørkt|lyst|sløret|gult)",
        "(mer|mere|mindre) (kontrast|lys|farve|støy|detaljer)",
    ),
    "finnish": (
        "tee (kuvasta|siitä) (kirkkaampi|tummempi|terävämpi|lämpimämpi|viileämpi)(| kiitos)",
        "(lisää|vähennä|nosta|laske) (kontrastia|kirkkautta|värikylläisyyttä|kohinaa) (vähän|paljon|)",
        "(poista|siivoa) (kohina|sumeus|auto|tausta|pakkausjäljet)",
        "(muuta|tee siitä) (mustavalkoinen|mustavalkoiseksi|seepia|harmaa)",
        "(harmaa susi|nainen punaisessa|musta kissa) (lumessa|rannalla)",
        "(hei|moi), voisitko (parantaa|kirkastaa|suurentaa) kuvaa?",
        "(kuva|se) on (liian|vähän) (tumma|kirkas|epäterävä|keltainen)",
    ),
    "hungarian": (
        "(tedd|legyen) (a képet|a kép|a fotó) (világosabbá|sötétebb|élesebb|melegebb|hidegebb)",
        "(növeld|csökkentsd|emeld) (a kontrasztot|a fényerőt|a telítettséget|a zajt) (kicsit|nagyon|)",
        "(távolítsd el|töröld) (a zajt|az elmosódást|az autót|a hátteret)",
        "(legyen|alakítsd) (fekete-fehér|szépia|szürkeárnyalatos)",
        "(egy szürke farkas|egy nő pirosban|egy fekete macska) (a hóban|a parton)",
        "(szia|jó napot|kérlek), (javítsd|világosítsd) (ki|meg) a képet",
        "(túl|kicsit) (sötét|világos|homályos|sárga) (a kép|ez)",
    ),
    "turkish": (
        "(resmi|fotoğrafı|bunu) (biraz|daha|çok) (parlak|koyu|net|sıcak|soğuk) (yap|yapar mısın|hale getir)",
        "(kontrastı|parlaklığı|doygunluğu|gürültüyü) (artır|azalt|düşür|yükselt) (biraz|lütfen|)",
        "(gürültüyü|bulanıklığı|arabayı|arka planı|gürültüleri) (kaldır|temizle|sil)",
        "(siyah beyaz|sepya|gri tonlama) (yap|olsun|istiyorum)",
        "(karda|sahilde|gece) (gri bir kurt|kırmızı elbiseli kadın|siyah kedi)",
        "(merhaba|selam|lütfen), (fotoğrafı|resmi) (düzelt|aydınlat|büyüt)",
        "(çok|biraz) (karanlık|parlak|bulanık|sarı) (olmuş|görünüyor)",
        "(resmi aydınlat|renkleri canlandır|daha fazla ışık|daha az gürültü)",
    ),
    "polish": (
        "(zrób|uczyń) (zdjęcie|obraz|to) (jaśniejsze|ciemniejsze|ostrzejsze|cieplejsze|chłodniejsze)",
        "(zwiększ|zmniejsz|podnieś|obniż) (kontrast|jasność|nasycenie|szum) (trochę|bardzo|)",
        "(usuń|wyczyść) (szum|rozmycie|artefakty|samochód|tło|ziarno)",
        "(czarno-białe|sepia|w sepii|odcienie szarości)(| proszę)",
        "(szary wilk|kobieta w czerwieni|czarny kot) (na śniegu|na plaży|w nocy)",
        "(cześć|dzień dobry|proszę), (popraw|rozjaśnij|powiększ) (zdjęcie|obraz)",
        "(jest|zdjęcie jest) (za|zbyt|trochę za) (ciemne|jasne|rozmyte|żółte)",
        "(więcej|mniej) (kontrastu|światła|koloru|szumu|szczegółów)",
    ),
    "indonesian": (
        "(buat|jadikan|bikin) (foto|gambar|fotonya) (ini|) lebih (terang|gelap|tajam|hangat|dingin)",
        "(tambah|naikkan|kurangi|turunkan) (kontras|kecerahan|saturasi|noise) (sedikit|banyak|)",
        "(hapus|hilangkan|buang) (noise|blur|mobil|latar belakang|bintik)",
        "(jadikan|ubah ke) (hitam putih|sepia|abu-abu)",
        "(serigala abu-abu|wanita berbaju merah|kucing hitam) (di salju|di pantai)",
        "(halo|tolong|permisi), (perbaiki|terangkan|perbesar) (foto|gambar) (ini|saya)",
        "(terlalu|agak) (gelap|terang|buram|kuning)",
    ),
}
