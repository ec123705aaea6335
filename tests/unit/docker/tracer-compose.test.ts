import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { EXPORT_FORMATS } from "@culprit/analyzers";
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { interpolateAll, MissingVariable } from "./interpolate.ts";

const ROOT = join(import.meta.dirname, "../../..");
const written = parse(readFileSync(join(ROOT, "docker/tracer.compose.yaml"), "utf8"), { merge: true });
const page = readFileSync(join(ROOT, "docs/training.md"), "utf8");

describe("docker/tracer.compose.yaml", () => {
  const started = interpolateAll(written, { TRACER_DIR: "/models/mine" }) as {
    services: Record<string, { command: string[]; volumes: string[]; profiles: string[] }>;
  };

  it("is valid by the compose specification", () => {
    const root = dirname(createRequire(import.meta.url).resolve("dclint/package.json"));
    const { $schema: _draft, ...schema } = JSON.parse(readFileSync(join(root, "schemas/compose.schema.json"), "utf8"));
    const validate = new Ajv({ strict: false, validateFormats: false }).compile(schema);
    expect(validate(started), JSON.stringify(validate.errors)).toBe(true);
  });

  it("serves the model as tracer with its thinking taken apart, on loopback only, and asks for the weights", () => {
    for (const [name, { command, volumes, profiles }] of Object.entries(started.services)) {
      expect(profiles).toEqual([name]);
      expect(command.join(" ")).toMatch(/--served-model-name tracer --reasoning-parser qwen3 .*40960/);
      expect(volumes).toEqual(["/models/mine:/weights/tracer:ro"]);
    }
    expect(Object.keys(started.services)).toEqual(["vllm", "sglang"]);
    expect(JSON.stringify(written)).toContain("127.0.0.1:8000:8000");
    expect(() => interpolateAll(written, {})).toThrow(MissingVariable);
  });
});

describe("docs/training.md", () => {
  it("names every export format, and none that is not there", () => {
    const rows = page.slice(page.indexOf("| format "), page.indexOf("Each directory holds"));
    expect([...rows.matchAll(/^\| `([a-z-]+)`/gm)].map(([, name]) => name)).toEqual([...EXPORT_FORMATS]);
  });
});
