"""Short texts on different subjects for evaluations and benchmarks, written for this project."""

SUBJECTS = """
A violin begins as a wedge of spruce that has dried for ten years. The maker taps it and listens,
because dense wood rings and soft wood only thuds. Then the plate is carved until it is three
millimetres thick in the middle and a little less at the rim. Two small openings let the air inside
breathe. Nobody can say exactly why the old instruments carry so far. One theory blames the varnish,
another a cold century in which trees grew slowly. When players were blindfolded, most of them
preferred a new violin.

Anyone who has waited at a crossing knows that buses come in threes. The reason is simple. A bus
that is late meets more passengers at the next stop, and loading them makes it later still. The bus
behind finds nobody waiting, so it catches up. Timetables cannot cure that. What helps is to hold
the second driver back for a minute, and some cities now do exactly that. Riders hate it when a full
bus stands still, yet on average everyone arrives sooner.

The kidney filters your whole blood forty times a day. Most of what it takes out, it puts straight
back: sugar, salt, nearly all of the water. Only the waste stays behind. It sounds like a foolish
way to clean a house, to carry everything into the street and then carry it in again. But a body
cannot know beforehand which poison it will meet. Throwing everything out and keeping what you
recognise works against poisons that no ancestor ever tasted.

In a good negotiation the first number matters more than it should. Psychologists call it an anchor.
Ask a thousand people whether a house is worth more than a million, and their own guesses drift
upwards. Experts believe that they are immune, and they are not. My advice is to write your own
figure down before you enter the room. Look at the paper when the other side speaks. And if their
offer is absurd, say so at once, instead of countering it.

Lava does not explode because it is hot. It explodes because it is full of gas. Deep down, the
pressure keeps steam and carbon dioxide dissolved, as in a bottle that nobody has opened. When the
magma rises the bubbles grow, and if the melt is sticky they cannot escape. The most dangerous
volcanoes are therefore not the ones with glowing rivers, which you can outrun. They are the quiet
grey cones that have been plugged for centuries.

I learned to juggle in a week, and you can too. Begin with one ball and throw it to the height of
your eyes. Do not reach for it; let it fall into the other hand. With two, wait until the first is
at the top before you let the second go. The secret is that you never watch your hands. A third ball
adds nothing new, only the courage not to stop. Practise above a bed, so that you need not bend down
so often.

For most of history a library chained its books to the shelves. A single volume cost as much as a
farm. Readers came to the page, never the page to the reader, and they stood while they read. When
printing made paper cheap the chains came off, first in the north. Librarians feared that the
shelves would be empty within a year. It turned out that people who may borrow bring things back,
and that was a discovery about people, not about books.

A goalkeeper facing a penalty has less than half a second. That is too short to see where the ball
goes and then to move. So keepers guess, and nearly always they dive to one side. Statistics say
that standing still would save more shots. Why does hardly anyone do it? Because a goal looks worse
when you have not moved. Doing something and failing feels better than failing at rest, and coaches
pay for that feeling.
""".strip().split("\n\n")
