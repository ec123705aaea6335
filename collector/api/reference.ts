import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { openApiDocument } from "@culprit/schemas";
import { Hono } from "hono";
import { collectorVersion } from "../version.ts";

/** The files of the page; it loads nothing from elsewhere and has no inline script or style. */
const FILES: Record<string, [file: string, type: string]> = {
  "/reference": ["index.html", "text/html; charset=utf-8"],
  "/reference/reference.js": ["reference.js", "text/javascript; charset=utf-8"],
  "/reference/reference.css": ["reference.css", "text/css; charset=utf-8"],
};

/** `/api/v1/openapi.json`, made from the contract, and the page that reads it. */
export function createReference(): Hono {
  const app = new Hono();
  const directory = join(
    dirname(createRequire(import.meta.url).resolve("@culprit/collector/package.json")),
    "reference",
  );
  let document: string | undefined;
  app.get("/api/v1/openapi.json", (context) => {
    document ??= JSON.stringify(openApiDocument(collectorVersion()));
    return context.body(document, 200, { "content-type": "application/json", "cache-control": "no-cache" });
  });
  for (const [path, [file, type]] of Object.entries(FILES)) {
    app.get(path, async (context) =>
      context.body(await readFile(join(directory, file), "utf8"), 200, {
        "content-type": type,
        "cache-control": "no-cache",
      }),
    );
  }
  return app;
}
