/** Loads all texts before the tests of a file. */

import { loadAllTexts } from "./catalogue";

await loadAllTexts();
