#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { runProgram } from "./program.ts";

// A reader that has seen enough (`| head`) closes the pipe; that is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(0);
});

const manifest = createRequire(import.meta.url).resolve("@culprit/cli/package.json");
const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { version: string };

process.exitCode = await runProgram(process.argv.slice(2), version);
