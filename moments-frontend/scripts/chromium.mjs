/** Extracts the Chromium of an npm package to TMPDIR and prints its path. */

import chromium from "@sparticuz/chromium";

process.stdout.write(await chromium.executablePath());
