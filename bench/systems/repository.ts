import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const manifest = createRequire(import.meta.url).resolve("@culprit/cli/package.json");

/** Root of the repository, whether this runs compiled or from source. */
export const REPOSITORY = join(dirname(manifest), "..");
