import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { expect, it } from "vitest";

const room = join(import.meta.dirname, "../../../instrumentation");

/** What a file imports when it runs: imports and re-exports of types alone are gone by then. */
function importsOf(file: string): string[] {
  const text = readFileSync(file, "utf8");
  return [...text.matchAll(/^(?:import|export)\s+(?!type\b)([^;]*?)\bfrom\s+"([^"]+)"|^import\s+"([^"]+)"/gm)]
    .filter(([, names]) => !/^\{(?:\s*type\s[^,}]*,?)+\s*\}\s*$/.test(names ?? ""))
    .map(([, , from, bare]) => from ?? bare ?? "");
}

/** Every file that `entry` loads, and the packages all of them load. */
function loaded(entry: string): { files: string[]; packages: string[] } {
  const files = new Set<string>();
  const packages = new Set<string>();
  const visit = (file: string): void => {
    if (files.has(file)) return;
    files.add(file);
    for (const from of importsOf(file)) {
      if (from.startsWith(".")) visit(join(dirname(file), from));
      else packages.add(from);
    }
  };
  visit(join(room, entry));
  return { files: [...files].map((file) => relative(room, file)), packages: [...packages].sort() };
}

it("the wrappers load the OpenTelemetry API and nothing else of it", () => {
  const { files, packages } = loaded("core.ts");
  expect(files).toEqual(expect.arrayContaining(["sdk/agent.ts", "sdk/run.ts", "sdk/tool.ts", "sdk/outcome.ts"]));
  expect(packages.filter((name) => !name.startsWith("node:"))).toEqual(["@culprit/schemas", "@opentelemetry/api"]);
});

it("one module of the SDK sets up tracing", () => {
  const { files } = loaded("index.ts");
  const sdk = /^@opentelemetry\/(?!api$)/;
  const using = files.filter((file) => importsOf(join(room, file)).some((name) => sdk.test(name)));
  expect(using).toEqual(["sdk/tracing.ts"]);
});
