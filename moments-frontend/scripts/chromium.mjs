/** Unpacks the Chromium that an npm package carries, and prints where it is. TMPDIR says where to. */

import chromium from "@sparticuz/chromium";

process.stdout.write(await chromium.executablePath());
