#!/usr/bin/env node
// The installed command. It exists before anything is compiled, so that npm can link it.
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const main = join(dirname(fileURLToPath(import.meta.url)), "..", "dist", "main.js");
if (existsSync(main)) {
  // npm runs scripts from the root of the workspace; paths are meant from where the person stands.
  const stood = process.env["INIT_CWD"];
  if (process.env["npm_lifecycle_event"] === "culprit" && stood !== undefined) process.chdir(stood);
  await import(pathToFileURL(main).href);
} else {
  process.stderr.write("culprit: It is not built yet. Run `npm run setup` in its directory.\n");
  process.exitCode = 1;
}
