"""Questions about the texts of the demo and of `subjects.py`, each with the words that answer it.

They avoid the words of the answer where that is natural, as people do who remember only the content.
"""

QUESTIONS = (
    ("why does the ocean rise and fall", "The moon does most of that work."),
    ("which tide comes when sun and moon line up", "When sun and moon stand in one line, their hills add up"),
    ("weak tides of sailors", "the tide is a lazy one that sailors call a neap"),
    ("bays where the water gets extremely high", "the tide can rise as high as a house of four floors"),
    ("dough that is not kneaded", "long strands of gluten form without any kneading at all"),
    ("keeping dough in the fridge overnight", "A cool night in the refrigerator slows the yeast"),
    ("what does moisture in the oven do", "Steam keeps the skin soft for ten minutes"),
    ("slicing a fresh loaf too early", "bread that is cut while it is hot turns to glue"),
    ("insects that navigate by light", "she reads the pattern of polarised light around it"),
    ("what happens if someone shifts the beehive", "a cloud of bees will search the empty spot"),
    ("mathematical problem about maps", "Can every map be coloured with four colours"),
    ("theorem verified by a computer", "a computer went through them all, one after the other"),
    ("can we believe proofs made by software", "Today small programs check each logical step of such proofs"),
    ("sleeping on the railway", "You board after dinner, and you wake up in another country."),
    ("wood for stringed instruments", "A violin begins as a wedge of spruce that has dried for ten years."),
    ("do musicians like antique instruments best", "most of them preferred a new violin"),
    (
        "public transport arrives in groups",
        "knows that buses come in threes.",
    ),
    ("how can a city fix irregular buses", "What helps is to hold the second driver back for a minute"),
    ("organ that cleans the body", "The kidney filters your whole blood forty times a day."),
    ("how to bargain about a price", "My advice is to write your own figure down before you enter the room."),
    ("psychology of the opening offer", "Psychologists call it an anchor."),
    ("what makes an eruption violent", "It explodes because it is full of gas."),
    ("which mountains are the greatest danger", "They are the quiet grey cones that have been plugged"),
    ("learning a circus skill", "Begin with one ball and throw it to the height of your eyes."),
    ("why books used to be attached", "For most of history a library chained its books to the shelves."),
    ("did people return what they had borrowed", "people who may borrow bring things back"),
    ("why soccer keepers jump to a side", "a goal looks worse when you have not moved"),
    ("best strategy at the spot kick", "Statistics say that standing still would save more shots."),
)
