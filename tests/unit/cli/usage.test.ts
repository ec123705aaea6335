import { afterEach, describe, expect, it, vi } from "vitest";
import { runProgram } from "../../../cli/program.ts";

/** Runs a command line in this process and keeps what it writes. */
async function culprit(args: string[], env: Record<string, string> = {}) {
  let stdout = "";
  let stderr = "";
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    stdout += text;
    return true;
  });
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    stderr += text;
    return true;
  });
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  const code = await runProgram(args, "0.0.0");
  vi.restoreAllMocks();
  return { code, stdout, stderr };
}

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

describe("wrong usage exits with 2 and names the flag", () => {
  it.each([
    [["traces", "--limit", "many"], /--limit.*whole number/s],
    [["traces", "--outcome", "lost"], /--outcome.*success, failure, unknown/s],
    [["traces", "--since", "yesterday"], /--since.*24h/s],
    [["traces", "--blamed"], /unknown option '--blamed'.*culprit traces --help/s],
    [["show", "abc"], /32 hex digits/],
    [["export", "--format", "verl"], /--out/],
    [["replay", "0af7651916cd43dd8448eb211c80319c"], /--target/],
    [["nonsense"], /unknown command 'nonsense'/],
    [["attribute", "no-such-file.json"], /neither a trace id nor a file/],
    [["attribute", "x", "--strategy", "tracer"], /x is neither/],
    [["up", "--port", "99999"], /0 .* to 65535/],
    [["attribute", "x", "--strategy", "guess"], /no strategy guess.*ranker, tracer/s],
    [["evaluate", "--benchmark", "who-and-when", "--data", "tests", "--folds", "1"], /folds/],
    [["import", "x", "--format", "nope"], /no import format nope/],
    [["traces", "--data", ""], /data is wrong/],
  ])("culprit %j", async (args, message) => {
    const { code, stderr, stdout } = await culprit(args);
    expect(stderr).toMatch(message);
    expect(stdout).toBe("");
    expect(code).toBe(2);
  });

  it("refuses an unknown setting with the nearest known one", async () => {
    const { code, stderr } = await culprit(["traces"], { CULPRIT_TRACER_ULR: "http://127.0.0.1:1" });
    expect(code).toBe(2);
    expect(stderr).toMatch(/Did you mean CULPRIT_TRACER_URL\?/);
  });
});

describe("help and version exit with 0", () => {
  it.each([["--help"], ["--version"], ["traces", "--help"]])("culprit %s %s", async (...args) => {
    const { code, stdout } = await culprit(args.filter((arg) => arg !== undefined));
    expect(code).toBe(0);
    expect(stdout).not.toBe("");
  });
});
