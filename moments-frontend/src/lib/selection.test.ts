import { expect, test } from "vitest";
import {
  addAll,
  allOf,
  countSelected,
  EMPTY_SELECTION,
  extend,
  type Item,
  isSelected,
  keep,
  type Selection,
  toggle,
} from "./selection";

const SHOWN: readonly Item[] = ["a", "b", "c", "d", "e"].map((id) => ({ id }));
const [A, B, , D, E] = SHOWN as [Item, Item, Item, Item, Item];
const ids = ({ items }: Selection<Item>) => [...items.keys()].sort().join("");

test("a press selects and deselects", () => {
  const one = toggle<Item>(EMPTY_SELECTION, B);
  expect(ids(one)).toBe("b");
  expect(ids(toggle(one, B))).toBe("");
});

test("a range is selected in both directions", () => {
  expect(ids(extend(toggle<Item>(EMPTY_SELECTION, B), D, SHOWN))).toBe("bcd");
  expect(ids(extend(toggle<Item>(EMPTY_SELECTION, D), A, SHOWN))).toBe("abcd");
});

test("a range from a deselected item is deselected", () => {
  const all = addAll<Item>(EMPTY_SELECTION, SHOWN);
  expect(ids(extend(toggle(all, B), D, SHOWN))).toBe("ae");
});

test("a range without a visible start is one item", () => {
  expect(ids(extend<Item>(EMPTY_SELECTION, D, SHOWN))).toBe("d");
  const hidden = toggle<Item>(EMPTY_SELECTION, { id: "hidden" });
  expect(ids(extend(hidden, E, SHOWN))).toBe("ehidden");
});

test("selected items stay while others are shown", () => {
  const some = toggle<Item>(EMPTY_SELECTION, { id: "hidden" });
  expect(ids(addAll(some, [A, B]))).toBe("abhidden");
  expect(ids(keep(addAll(some, [A, B]), (id) => id !== "a"))).toBe("bhidden");
});

test("items are taken out of a selection of everything", () => {
  const but = (selection: Selection<Item>) =>
    SHOWN.map(({ id }) => id)
      .filter((id) => isSelected(selection, id))
      .join("");
  const all = allOf("?tag=exam");
  expect(but(all)).toBe("abcde");
  const some = toggle<Item>(all, B);
  expect(but(some)).toBe("acde");
  expect(but(extend(some, D, SHOWN))).toBe("ae");
  expect(but(toggle(some, B))).toBe("abcde");
  expect(but(extend(toggle(some, B), D, SHOWN))).toBe("abcde");
});

test("selected items are counted in the whole list", () => {
  const all = allOf("");
  expect(countSelected(all, 70, SHOWN)).toBe(70);
  expect(countSelected(toggle<Item>(toggle<Item>(all, B), D), 70, SHOWN)).toBe(68);
  const gone = { id: "trashed meanwhile" };
  expect(countSelected(toggle<Item>(toggle<Item>(all, B), gone), 69, SHOWN)).toBe(68);
  expect(countSelected(toggle<Item>(EMPTY_SELECTION, gone), 70, SHOWN)).toBe(1);
});
