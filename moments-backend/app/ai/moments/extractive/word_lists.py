"""Words of feeling, negation, address and number in five languages, for the score of sentences."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WordLists:
    """Words in lower case, without their apostrophe's tail unless they need it ("don't")."""

    emotion: frozenset[str]
    negation: frozenset[str]
    you: frozenset[str]
    i: frozenset[str]
    numbers: frozenset[str]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


NO_LISTS = WordLists(*[frozenset()] * 5)
"""For languages without lists: figures in digits still count as numbers."""

ENGLISH = WordLists(
    emotion=_words("""
        abandoned abuse abused afraid agony alone amazed amazing anger angry anguish annoyed annoying anxiety
        anxious ashamed astonished astonishing awesome awful awkward bad beautiful beauty betrayal betrayed
        bitter blame blamed bleeding blessed bored boring brave brilliant broke broken brutal brutally burned
        calm care cared cares chaos cheated cold comfort comforting confused confusing courage coward crap
        crash crazy cried cries cruel cry crying damn danger dangerous dare dark dead deadly dear death
        delight delighted depressed depressing depression desperate despair destroy destroyed devastated
        devastating die died dies disappointed disappointing disaster disgust disgusted disgusting disturbing
        doubt dread dream dreams dying easy embarrassed embarrassing embarrassment emotion emotional enemy
        enjoy enjoyed envy evil excited exciting exhausted explode exploded fail failed failing failure faith
        fantastic fascinated fascinating fault fear feared fearful fears feel feeling feelings feels felt
        fight fighting fool foolish forgave forgive freaked freaking friend friends frightened frightening
        frustrated frustrating frustration fuck fucked fucking fun funny furious genius glad god goddamn
        grateful grief guilt guilty happier happiest happiness happy hard harm hate hated hates heart
        heartbreaking heartbroken hell helpless hero hilarious hope hoped hopeless hoping horrible horrified
        horror hug humiliated humiliating humiliation hurt hurting hurts idiot impossible incredible
        incredibly innocent insane inspired intense jealous joke joy kill killed killing kiss laugh laughed
        laughing laughter lied lie lies lonely loneliness lose losing loss lost love loved lovely loves loving
        lucky mad magic magical mess mind-blowing miracle miserable misery miss missed mistake mistakes moved
        murder murdered nasty nervous nightmare obsessed overwhelmed overwhelming pain painful panic panicked
        passion passionate pathetic peace perfect pity pleasure poor powerful pray prayed precious pride proud
        rage regret regretted rejected relief relieved respect ridiculous risk risky ruin ruined sad sadness
        scared scary scream screamed screaming shame shameful shit shock shocked shocking sick silly sin smile
        smiled smiling sorrow sorry soul spectacular stole stolen strange stress stressed struggle struggled
        struggling stuck stunned stunning stupid suck sucked sucks suffer suffered suffering suicide surprise
        surprised surprising survive survived tear tears tender tense terrible terribly terrific terrified
        terrifying terror thrilled tired tragedy tragic trauma traumatic trouble trust trusted ugly upset
        useless victim violence violent vulnerable war weak weird wept wild won wonder wonderful worried
        worries worry worse worst worthless wound wounded wow wrong yelled yelling
    """),
    negation=_words("""
        ain't aren't can't cannot couldn't didn't doesn't don't hadn't hasn't haven't isn't neither never no
        nobody none nor not nothing nowhere shouldn't wasn't weren't without won't wouldn't
    """),
    you=_words("you your yours yourself yourselves you'd you'll you're you've"),
    i=_words("i i'd i'll i'm i've me my mine myself"),
    numbers=_words("""
        two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
        eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred hundreds thousand
        thousands million millions billion billions trillion percent half quarter dozen twice double
    """),
)
GERMAN = WordLists(
    emotion=_words("""
        allein angst arm bereut böse beschämt betrogen blöd dankbar dumm ehrlich einsam ekel entsetzlich
        entsetzt enttäuscht erleichtert erschrocken erschüttert falsch fantastisch fehler fehlgeschlagen feind
        freude freund freunde froh furchtbar fürchten gefahr gefährlich gefühl gefühle geheult gelacht geliebt
        geschämt geschrien gestorben geweint glück glücklich gott grausam großartig hass hasse hilflos
        hoffnung idiot katastrophe komisch krank krieg lachen leid leiden liebe lüge lügen mist mut nervös
        neid panik peinlich problem qual rache scheiße schlimm schmerz schmerzen schock schockiert schön
        schrecklich schuld schwach stolz sterben stirbt stress sünde tod tot tragisch trauer traum traurig
        tränen unfassbar unglaublich verliebt verlieren verloren verrückt vertrauen verzweifelt wahnsinn
        weinen weinte wunder wunderbar wut wütend zorn überrascht überraschend
    """),
    negation=_words("""
        kein keine keinem keinen keiner keines nein nicht nichts nie niemals niemand nirgends ohne weder
    """),
    you=_words("du dich dir dein deine deinem deinen deiner ihr euch euer eure eurem euren ihnen"),
    i=_words("ich mich mir mein meine meinem meinen meiner meines"),
    numbers=_words("""
        zwei drei vier fünf sechs sieben acht neun zehn elf zwölf zwanzig dreißig vierzig fünfzig sechzig
        siebzig achtzig neunzig hundert tausend million millionen milliarde milliarden prozent hälfte doppelt
    """),
)
SPANISH = WordLists(
    emotion=_words("""
        alegre alegría amigo amigos amor angustia ansiedad asco asustado asusta avergonzado bello bonito
        cabrón celos culpa daño desastre desesperado dios dolor duele emoción encanta enfadado enojado
        envidia esperanza estúpido extraño falso fatal feliz felicidad fracasé fracaso furioso guerra gracioso
        hermoso horrible horror idiota increíble ira lágrimas llorar lloré lloraba loco locura maravilloso
        matar mentira mentiras miedo mierda milagro morir muere muerte muerto murió nervioso odio orgulloso
        orgullo pánico pelea peligro peligroso pena perder perdí perdido pesadilla pobre rabia raro reír
        risa ridículo sentí siento solo soledad sorprendente sorpresa sueño sufrir sufrí terrible terror
        tonto tragedia triste tristeza vergüenza violencia
    """),
    negation=_words("jamás nada nadie ni ningún ninguna ninguno no nunca sin tampoco"),
    you=_words("tú te ti tu tus usted ustedes vosotros vosotras vos os vuestro vuestra contigo"),
    i=_words("yo me mí mi mis conmigo mío mía"),
    numbers=_words("""
        dos tres cuatro cinco seis siete ocho nueve diez once doce quince veinte treinta cuarenta cincuenta
        sesenta setenta ochenta noventa cien ciento cientos mil miles millón millones mitad doble
    """),
)
FRENCH = WordLists(
    emotion=_words("""
        adore affreux aime aimé ami amis amour angoisse anxieux atroce beau belle bizarre bonheur cauchemar
        catastrophe choc choqué chose colère content coupable courage crier cruel danger dangereux déçu
        désespoir dégoût détruit deuil dieu dingue drôle échec échoué effrayant effrayé émotion énervé ennemi
        envie erreur espoir étrange fâché fatigué faux fier fierté fou fureur furieux génial gêné guerre haine
        heureux honte horreur horrible idiot incroyable inquiet jaloux joie larmes magnifique mal malheur
        malheureux mensonge menti merde merveilleux miracle mort mourir mourut nerveux panique passion
        pauvre perdre perdu peur pleurait pleurer pleuré pleurs plaisir rage regret ridicule rire risque
        rêve seul solitude souffert souffrance souffrir stupide stress surpris surprise terrible terreur
        tragédie triste tristesse tué violence
    """),
    negation=_words("aucun aucune jamais ni non nulle pas personne plus rien sans"),
    you=_words("tu te toi ton ta tes vous votre vos t'as t'es"),
    i=_words("je me moi mon ma mes j'ai j'étais j'avais"),
    numbers=_words("""
        deux trois quatre cinq six sept huit neuf dix onze douze quinze vingt trente quarante cinquante
        soixante cent cents mille million millions milliard milliards moitié double
    """),
)
ITALIAN = WordLists(
    emotion=_words("""
        amici amico amo amore angoscia ansia arrabbiato assurdo bello bella bugia bugie cattivo colpa contento
        coraggio crudele delusione deluso dio disastro disperato dolore emozione errore fallimento fallito
        felice felicità folle follia furioso geloso gioia guerra idiota imbarazzo incredibile incubo invidia
        lacrime meraviglioso merda miracolo morire morte morto nervoso nemico odio orgoglio orgoglioso
        orribile orrore panico passione paura pazzo peccato pericolo pericoloso perdere perso piangere
        piangeva pianto povero preoccupato rabbia ridere ridicolo risata rischio sbagliato schifo shock sogno
        soffrire sofferto solitudine solo sorpreso sorpresa spavento speranza stanco strano stupido
        terribile terrore tragedia triste tristezza vergogna violenza
    """),
    negation=_words("mai nemmeno neanche nessun nessuna nessuno niente no non nulla né senza"),
    you=_words("tu te ti tuo tua tuoi tue voi vi vostro vostra lei"),
    i=_words("io mi me mio mia miei mie"),
    numbers=_words("""
        due tre quattro cinque sei sette otto nove dieci undici dodici quindici venti trenta quaranta
        cinquanta sessanta settanta ottanta novanta cento mille mila milione milioni miliardo miliardi metà
        doppio
    """),
)
LISTS = {"en": ENGLISH, "de": GERMAN, "es": SPANISH, "fr": FRENCH, "it": ITALIAN}

TOKEN = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


def word_lists(language: str | None) -> WordLists:
    """Return the lists of a language code such as `en` or `de-AT`; English if the language is unknown."""
    if not language or language == "und":
        return ENGLISH
    return LISTS.get(language.lower().partition("-")[0], NO_LISTS)


def tokens(text: str) -> list[str]:
    """Return the words in lower case with straight apostrophes."""
    return TOKEN.findall(text.lower().replace("’", "'"))
