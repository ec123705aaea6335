import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseConfig } from "@culprit/schemas";
import type { Command } from "commander";
import { describe, expect, it } from "vitest";
import { parse as parseYaml } from "yaml";
import { createProgram } from "../../../cli/program.ts";

const SOURCE = join(import.meta.dirname, "../../../web/src");
const TRACE_ID = "0af7651916cd43dd8448eb211c80319c";

/** What the page puts into places such as `{run.trace_id}`. */
const FILLED: Record<string, string> = { kind: "refuted", name: "my-team", project: "default" };

/** Every text of the page's sources that is set as code: what a person would type, or write into the settings. */
const shown = readdirSync(SOURCE, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".tsx"))
  .flatMap((file) => {
    const text = readFileSync(join(SOURCE, file), "utf8");
    const named = [...text.matchAll(/^const (\w+) = `([^`]*)`;$/gm)].map(([, name = "", value = ""]) => [name, value]);
    const values = new Map(named as [string, string][]);
    return [...text.matchAll(/<(Command|code)(?: [^>]*)?>\s*([\s\S]*?)\s*<\/\1>/g)].map(([, , inner = ""]) => ({
      file,
      text: plain(values.get(/^\{(\w+)\}$/.exec(inner)?.[1] ?? "") ?? inner),
    }));
  });

function plain(inner: string): string {
  const text = /^\{`([\s\S]*)`\}$/.exec(inner)?.[1] ?? inner;
  return text
    .replace(/\$?\{(?:\w+\.)?(\w+)\}/g, (_, name: string) => FILLED[name] ?? TRACE_ID)
    .replaceAll("TRACE_ID", TRACE_ID)
    .replaceAll("\\n", "\n");
}

/** Words as a shell would split them; single quotes hold a word together. */
function words(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? "");
}

/** The real program, doing nothing: parsers, required flags and arguments are all there. */
function idleProgram(): Command {
  const program = createProgram("test");
  const quiet = (command: Command): void => {
    command.configureOutput({ writeErr: () => {}, writeOut: () => {} });
    for (const inner of command.commands) quiet(inner);
    if (command.commands.length === 0) command.action(() => {});
  };
  quiet(program);
  return program;
}

describe("what the page tells a person to type", () => {
  const commands = shown.filter(({ text }) => text.startsWith("culprit "));
  const settings = shown.filter(({ text }) => /^\w+:/.test(text));

  it("is there to be looked at", () => {
    expect(commands.length).toBeGreaterThan(15);
    expect(settings.length).toBeGreaterThanOrEqual(4);
  });

  it.each(commands.map(({ file, text }) => [text, file]))("%s (%s)", async (text) => {
    await idleProgram().parseAsync(words(text).slice(1), { from: "user" });
  });

  it.each(settings.map(({ file, text }) => [text, file]))("%s (%s)", (text) => {
    expect(() => parseConfig(parseYaml(text) as Record<string, unknown>)).not.toThrow();
  });

  it("is told apart from what no command takes", async () => {
    await expect(idleProgram().parseAsync(["curate", "--name", "x"], { from: "user" })).rejects.toThrow(/--out/);
    await expect(idleProgram().parseAsync(["traces", "--no-such-flag"], { from: "user" })).rejects.toThrow(/unknown/);
  });

  it("names scripts that package.json has", () => {
    const { scripts } = JSON.parse(readFileSync(join(SOURCE, "../../package.json"), "utf8")) as {
      scripts: Record<string, string>;
    };
    const named = shown.flatMap(({ text }) => /^npm run (\S+)/.exec(text)?.[1] ?? []);
    expect(named.length).toBeGreaterThan(0);
    for (const script of named) expect(scripts).toHaveProperty([script]);
  });
});
