"""Grouping of videos of which every two are duplicates, except dismissed pairs."""

from collections.abc import Collection, Iterable, Mapping

Dismissed = Mapping[int, Collection[int]]


def by_video(pairs: Iterable[tuple[int, int]]) -> Dismissed:
    """Return the videos that are not duplicates of each video."""
    found: dict[int, set[int]] = {}
    for first, second in pairs:
        found.setdefault(first, set()).add(second)
        found.setdefault(second, set()).add(first)
    return found


def connected(numbers: Iterable[int], dismissed: Dismissed) -> list[list[int]]:
    """Split videos into groups that pairs connect, directly or through others; only dismissed pairs do not.

    Time and memory grow with the number of videos and of dismissed pairs: of 2,000 copies, two million pairs
    would not fit. Groups and their members are in the order of their numbers.
    """
    remaining = dict.fromkeys(sorted(numbers))
    groups = []
    while remaining:
        group: list[int] = []
        waiting = [next(iter(remaining))]
        del remaining[waiting[0]]
        while waiting:
            number = waiting.pop()
            group.append(number)
            apart = dismissed.get(number, ())
            found = [other for other in remaining if other not in apart]
            for other in found:
                del remaining[other]
            waiting += found
        groups.append(sorted(group))
    return groups
