import { curate, scrubText } from "@culprit/analyzers";
import { describe, expect, it } from "vitest";
import { annotation, failedRun, labelledRun, step } from "./runs.ts";

/** Assembled at run time, so that no scanner takes this file for a leak. */
const key = (prefix: string, length: number): string => prefix + "aB3dE5fG7h".repeat(20).slice(0, length);

describe("secrets", () => {
  it.each([
    ["an API key", key("sk-proj-", 40)],
    ["a GitHub token", key("ghp_", 36)],
    ["a Slack token", key("xoxb-", 30)],
    ["a Hugging Face token", key("hf_", 34)],
    ["a JSON Web Token", `${key("eyJ", 20)}.${key("eyJ", 30)}.${key("", 40)}`],
    ["a private key", `-----BEGIN RSA PRIVATE KEY-----\n${key("", 60)}\n-----END RSA PRIVATE KEY-----`],
    ["a password in a URL", `postgres://admin:${key("", 12)}@db/app`],
    ["a password assignment", `password = "${key("", 12)}"`],
    ["a bearer header", `Authorization: Bearer ${key("", 32)}`],
  ])("%s does not survive", (_name, secret) => {
    const counts = {};
    const clean = scrubText(`before ${secret} after`, {}, counts);
    expect(clean).toMatch(/^before .*after$/s);
    expect(clean).not.toContain(key("", 12));
    expect(counts).toEqual({ secret: 1 });
  });
});

describe("what identifies a person or a machine", () => {
  it("e-mail addresses go", () => {
    expect(scrubText("mail ann.lee+x@corp.example.com now")).toBe("mail [email] now");
  });

  it("absolute paths keep their file name only", () => {
    expect(scrubText('File "/home/ann/src/app.py", line 3')).toBe('File "[path]/app.py", line 3');
    expect(scrubText("open file:///Users/ann/a/b.txt")).toBe("open [path]/b.txt");
    expect(scrubText("in C:\\Users\\ann\\notes.txt")).toBe("in [path]/notes.txt");
  });
});

describe("numbers that point to a person", () => {
  it.each([
    ["an international phone number", "call +49 30 901820 today", "call [phone] today"],
    ["a US phone number", "call (212) 555-0123 or 650-253-0000", "call [phone] or [phone]"],
    ["a payment card", "card 4111 1111 1111 1111 exp", "card [card] exp"],
    ["an IBAN", "to DE89 3704 0044 0532 0130 00 please", "to [iban] please"],
    ["a social security number", "ssn 219-09-9999", "ssn [ssn]"],
  ])("%s goes", (_name, text, clean) => {
    const counts = {};
    expect(scrubText(text, {}, counts)).toBe(clean);
    expect(counts).toMatchObject({ person: expect.any(Number) });
  });

  it.each([
    ["a card number with a wrong check digit", "id 4111 1111 1111 1112"],
    ["an IBAN with wrong check digits", "to DE88 3704 0044 0532 0130 00"],
    ["a version, a date and a range", "v1.22.333.4444 on 2026-11-21, 100-200-3000000"],
    ["figures in a sum", "sum(2550, 2480, 340, 1760) = 7130, +12 % and +1500"],
    ["a number no plan has", "+999 1234567 and 123-456-7890"],
    ["a long id", "run 1234567890123456789 and 20261121030405"],
  ])("%s stays", (_name, text) => {
    expect(scrubText(text)).toBe(text);
  });
});

describe("ordinary text of agents", () => {
  it.each([
    "GET https://example.com/home/page and http://localhost:8000/data/x",
    "ratio = a/b/c; see ./data/table.csv or src/app/main.ts",
    "def f(password): return check(password)",
    "The token count is 12345678; the secret of success is work.",
    "I corrected the plan; the corrected-looking value is 7.",
    'api_key = "YOUR_API_KEY_HERE"',
    '{"@type":"https://schema.org","address":{"@type":"Place"}}',
    "def extract_data_corrected(rows): return rows",
    "user @mention and 3 | 4 stay",
    "api_key = os.environ['OPENAI_API_KEY']",
  ])("stays: %s", (text) => {
    expect(scrubText(text)).toBe(text);
  });
});

describe("marks of how a run came to be", () => {
  it("go: ids of run, replay and annotation, attribute keys, file name marks, alert lines", () => {
    const run = labelledRun(5);
    const replayId = run.annotations[0]?.replay_id ?? "";
    const text = `${run.trace_id} ${replayId} culprit.replay.source saved two_sum_attacked_solution.py\n🚨 CRITICAL CORRECTION ALERT: do x\nend`;
    const made = curate({ ...run, steps: [...run.steps, step(4, "Coder", text)] });
    expect("record" in made && made.record.history[4]?.content).toBe(
      "[run] [run] [run] saved two_sum_solution.py\n[note]\nend",
    );
    expect("record" in made && made.counts.provenance).toBe(5);
  });
});

describe("the label and the right answer", () => {
  it("do not stand in the text a tracer reads", () => {
    const run = failedRun(6, { ground_truth: "the quick brown fox jumps over" });
    const reason = "Coder inverted the comparison in the loop.";
    const leaks = [
      `Hint: ${reason}`,
      "Answer: the quick brown fox jumps over.",
      '{"mistake_agent": "Coder", "mistake_step": "1"}',
      "<answer>Coder|1</answer>",
      "ground truth: 42",
    ];
    const made = curate({
      ...run,
      steps: [...run.steps, step(4, "Coder", leaks.join("\n"))],
      annotations: [annotation(run, { reason })],
    });
    expect("record" in made && made.record.history[4]?.content).toBe(
      "Hint: [answer]\nAnswer: [answer].\n{[label], [label]}\n[label]\nground truth: [answer]",
    );
    expect("record" in made && made.counts.label).toBe(6);
    expect("record" in made && made.record.ground_truth).toBe("the quick brown fox jumps over");
  });

  it("leave short right answers alone: they occur by themselves", () => {
    const run = failedRun(7, { ground_truth: "7" });
    const made = curate({ ...run, annotations: [annotation(run)] });
    expect("record" in made && made.record.history[1]?.content).toBe("return x - 7;");
  });
});

describe("hostile input", () => {
  it.each([
    ["a run of at signs", "a@".repeat(100_000)],
    ["a run of slashes", "/home".repeat(100_000)],
    ["an endless token", "sk-".repeat(100_000)],
    ["an endless word", "a".repeat(500_000)],
    ["an endless assignment", "api_key_".repeat(60_000)],
    ["unclosed private keys", "-----BEGIN PRIVATE KEY-----".repeat(2_000)],
    ["an endless marked name", "a-".repeat(200_000)],
    ["backslashes", "C:\\\\a".repeat(80_000)],
  ])("%s takes well under a second", (_name, text) => {
    const started = performance.now();
    scrubText(text);
    expect(performance.now() - started).toBeLessThan(3_000);
  });
});
