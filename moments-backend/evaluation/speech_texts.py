"""Texts in five languages, written for this project, that a synthetic voice reads for the word error rate.

They contain no digits and few names, because their spelling cannot be derived from the audio.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SpokenText:
    """A text in one language, and the voices of espeak-ng that read it."""

    language: str
    voices: tuple[str, ...]
    text: str


_ENGLISH, _GERMAN, _FRENCH, _SPANISH, _ITALIAN = """
Every autumn the gardener collects seeds from the strongest plants. She dries them on the window
sill and writes the year on small paper bags. In spring she fills wooden boxes with earth and puts
them in the sun. After two weeks the first green leaves appear. Then the young plants move into the
garden, where they need water every morning and a little patience.

Im Herbst sammelt die Gärtnerin die Samen der kräftigsten Pflanzen. Sie trocknet sie auf der
Fensterbank und schreibt das Jahr auf kleine Tüten aus Papier. Im Frühling füllt sie Kisten mit Erde
und stellt sie in die Sonne. Nach zwei Wochen erscheinen die ersten grünen Blätter. Dann ziehen die
jungen Pflanzen in den Garten um, wo sie jeden Morgen Wasser und ein wenig Geduld brauchen.

Chaque automne, la jardinière ramasse les graines des plantes les plus fortes. Elle les fait sécher
près de la fenêtre et écrit l'année sur de petits sacs en papier. Au printemps, elle remplit des
caisses de terre et les place au soleil. Après deux semaines, les premières feuilles vertes
apparaissent. Ensuite les jeunes plantes vont dans le jardin, où elles ont besoin d'eau chaque matin
et d'un peu de patience.

Cada otoño la jardinera recoge las semillas de las plantas más fuertes. Las seca junto a la ventana
y escribe el año en pequeñas bolsas de papel. En primavera llena unas cajas de tierra y las pone al
sol. Después de dos semanas aparecen las primeras hojas verdes. Luego las plantas jóvenes pasan al
jardín, donde necesitan agua todas las mañanas y un poco de paciencia.

Ogni autunno la giardiniera raccoglie i semi delle piante più forti. Li fa asciugare vicino alla
finestra e scrive l'anno su piccoli sacchetti di carta. In primavera riempie delle casse di terra e
le mette al sole. Dopo due settimane appaiono le prime foglie verdi. Poi le giovani piante passano
nel giardino, dove hanno bisogno di acqua ogni mattina e di un po' di pazienza.
""".strip().split("\n\n")

SPOKEN_TEXTS = tuple(
    SpokenText(language, voices, " ".join(text.split()))
    for language, voices, text in (
        ("en", ("en-us", "en-gb-x-rp"), _ENGLISH),
        ("de", ("de",), _GERMAN),
        ("fr", ("fr",), _FRENCH),
        ("es", ("es",), _SPANISH),
        ("it", ("it",), _ITALIAN),
    )
)
