import { expect, test } from "vitest";
import { t } from "./catalogue";

test("texts are found by feature and key", () => {
  expect(t("common.cancel")).toBe("Cancel");
});
