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
    [["replay", "--target", "x.js"], /Name one run, or a policy/],
    [["replay", "--target", "x.js", "--min-confidence", "2"], /--min-confidence.*from 0 to 1/s],
    [["replay", "0af7651916cd43dd8448eb211c80319c", "--target", "x.js", "--max-cost", "2"], /no price/],
    [["inject", "0af7651916cd43dd8448eb211c80319c"], /--target, --command, --hook or --workspace/],
    [["replay", "0af7651916cd43dd8448eb211c80319c", "--target", "x.js", "--command", "y"], /exactly one/],
    [["replay", "0af7651916cd43dd8448eb211c80319c", "--command", "x", "--exit-codes", "1"], /--exit-codes.*0,1/s],
    [
      ["inject", "0af7651916cd43dd8448eb211c80319c", "--target", "x", "--operator", "nope"],
      /no operator nope.*negation/s,
    ],
    [["nonsense"], /unknown command 'nonsense'/],
    [["attribute", "no-such-file.json"], /neither a trace id nor a file/],
    [["attribute", "x", "--strategy", "tracer"], /x is neither/],
    [["up", "--port", "99999"], /0 .* to 65535/],
    [["attribute", "x", "--strategy", "guess"], /no strategy guess.*ranker, tracer/s],
    [["evaluate", "--benchmark", "who-and-when", "--data", "tests", "--folds", "1"], /folds/],
    [["import", "x", "--format", "nope"], /no import format nope/],
    [["traces", "--data", ""], /data is wrong/],
    [["gateway"], /no upstream.*--upstream/],
    [["gateway", "--upstream", "ftp://models.example"], /gateway_upstream is wrong/],
    [["gateway", "--upstream", "https://user:secret@models.example/v1"], /Leave passwords/],
  ])("culprit %j", async (args, message) => {
    const { code, stderr, stdout } = await culprit(args);
    expect(stderr).toMatch(message);
    expect(stdout).toBe("");
    expect(code).toBe(2);
  });

  it.each(["up", "gateway"])("culprit %s refuses a rule for agents that is no RE2", async (command) => {
    const { code, stderr } = await culprit([command], {
      CULPRIT_GATEWAY_UPSTREAM: "http://127.0.0.1:9/v1",
      CULPRIT_GATEWAY_AGENT_RULES: '[{"pattern":"(?=x)","agent":"A"}]',
    });
    expect(stderr).toMatch(/gateway_agent_rules/);
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
