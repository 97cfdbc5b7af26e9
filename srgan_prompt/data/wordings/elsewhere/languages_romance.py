"""Wishes and sentences in Romance languages. None is understood: BERT's vocabulary is English."""

ROMANCE: dict[str, tuple[str, ...]] = {
    "french": (
        (
            "(rends|rendez) (l'image|la photo|cette image) (plus claire|plus sombre|plus nette|plus chaude|plus"
            " froide|moins floue)"
        ),
        "(augmente|augmentez|diminue|réduis|réduisez) le (contraste|bruit|flou|grain) (de la photo|de l'image|un peu|)",
        "(supprime|enlève|retire) (le bruit|le flou|les artefacts|le grain|la voiture|l'arrière-plan)",
        "(mets|passe|convertis) (la photo|l'image|tout) en (noir et blanc|sépia|couleur|niveaux de gris)",
        "(des|les) couleurs plus (vives|ternes|chaudes|froides|intenses|naturelles)",
        (
            "(un loup gris|une femme en robe rouge|un chat noir|une maison blanche) (dans la neige|au bord de la"
            " mer|sous la pluie)"
        ),
        (
            "(bonjour|merci|s'il vous plaît|bonsoir), (pouvez-vous|peux-tu) (éclaircir|assombrir|améliorer"
            "|agrandir) (la photo|l'image)"
        ),
        "(il y a trop de|je vois du) (bruit|contraste|grain|lumière|flou) (sur la photo|dans l'image|)",
        "c'est (trop sombre|trop clair|trop flou|très beau|sépia|trop chaud|fade)",
        "(plus de|moins de) (contraste|saturation|luminosité|lumière|détails|grain|netteté)",
    ),
    "spanish": (
        "(haz|hazla|haga|pon) (la foto|la imagen|esta imagen) más (clara|oscura|nítida|cálida|fría|brillante)",
        "(aumenta|sube|baja|reduce) (el contraste|el brillo|la saturación|el ruido|la luz) (un poco|mucho|de la foto|)",
        "(quita|elimina|borra|reduce) (el ruido|el grano|el desenfoque|los artefactos|el coche|el fondo)",
        "(en|pásala a|convierte la foto a) (blanco y negro|sepia|color|escala de grises)",
        "(colores|los colores) más (vivos|apagados|cálidos|fríos|intensos)",
        "(un lobo gris|una mujer de rojo|un gato negro|una casa blanca) (en la nieve|en la playa|bajo el sol)",
        (
            "(hola|buenos días|por favor), (puedes|podrías) (aclarar|oscurecer|mejorar|ampliar|enfocar) (la foto|la"
            " imagen)?"
        ),
        "(está|la foto está|se ve) (muy|demasiado|un poco) (oscura|clara|borrosa|pixelada|amarilla|azul)",
        "(más|menos) (contraste|saturación|brillo|luz|detalle|ruido|color)",
        "no (quiero|cambies|toques) (los colores|el brillo|sepia|el contraste|nada)",
    ),
    "italian": (
        "(rendi|fai) (la foto|l'immagine|questa foto) più (chiara|scura|nitida|calda|fredda|luminosa)",
        "(aumenta|riduci|abbassa|alza) (il contrasto|la luminosità|la saturazione|il rumore) (un po'|molto|)",
        "(togli|rimuovi|elimina) (il rumore|la sfocatura|la grana|gli artefatti|la macchina|lo sfondo)",
        "(in|trasforma in|converti in|mettila in) (bianco e nero|seppia|scala di grigi)",
        "(colori|i colori) più (vivaci|spenti|caldi|freddi|intensi)",
        "(un lupo grigio|una donna in rosso|un gatto nero) (nella neve|sulla spiaggia|al tramonto)",
        "(ciao|buongiorno|per favore), puoi (schiarire|scurire|migliorare|ingrandire) (la foto|l'immagine)?",
        "(è|la foto è) (troppo|molto) (scura|chiara|sfocata|gialla|fredda)",
        "(più|meno) (contrasto|luce|saturazione|dettaglio|rumore)",
    ),
    "portuguese": (
        "(deixa|deixe|torna|faz) (a foto|a imagem) mais (clara|escura|nítida|quente|fria|brilhante)",
        "(aumenta|aumente|diminui|reduz) o (contraste|brilho|ruído|desfoque) (um pouco|muito|da foto|)",
        "(tira|remove|remova|apaga) (o ruído|o grão|o borrão|os artefatos|o carro|o fundo)",
        "(em|converte para|põe em) (preto e branco|sépia|tons de cinza)",
        "cores mais (vivas|fortes|fracas|quentes|frias)",
        "(um lobo cinzento|uma mulher de vermelho|um gato preto) (na neve|na praia|ao pôr do sol)",
        "(olá|oi|bom dia|por favor), (pode|podes|você pode) (clarear|escurecer|melhorar|ampliar) (a foto|a imagem)?",
        "(está|a foto está|ficou) (muito|demasiado) (escura|clara|desfocada|amarela)",
        "(mais|menos) (contraste|luz|saturação|detalhe|brilho|ruído)",
    ),
    "romanian": (
        "(fă|fa) (poza|imaginea|fotografia) mai (luminoasă|întunecată|clară|caldă|rece|luminoasa)",
        "(mărește|crește|scade|redu) (contrastul|luminozitatea|saturația|zgomotul) (puțin|mult|)",
        "(scoate|elimină|șterge) (zgomotul|blurul|mașina|fundalul|artefactele)",
        "(în|transformă în) (alb-negru|sepia|tonuri de gri)",
        "culori mai (vii|șterse|calde|reci)",
        "(un lup gri|o femeie în roșu|o pisică neagră) (în zăpadă|pe plajă)",
        "(bună|salut|te rog), poți (lumina|îmbunătăți|mări) (poza|imaginea)?",
        "(e|este) prea (întunecată|luminoasă|neclară|galbenă)",
    ),
}
