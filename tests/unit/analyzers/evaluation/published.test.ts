import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { evaluate } from "@culprit/analyzers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pythonOrSkip, pythonWith } from "../curation/python.ts";
import { failureLog, writeLogs } from "./failure-logs.ts";

/**
 * The rules of the official evaluator, written anew from their description: Python's own expressions, `in` for a hit,
 * the files of the directory for a denominator, a dictionary for duplicates.
 */
const OFFICIAL_RULES = String.raw`
import json, os, re, sys
def rate(log, directory):
    text = open(log, encoding="utf-8").read()
    said = {}
    for block in re.finditer(r"Prediction for ([^:]+\.json):(.*?)(?=Prediction for|\Z)", text, re.DOTALL):
        agent = re.search(r"Agent Name:\s*([\w_]+)", block.group(2).strip(), re.IGNORECASE)
        step = re.search(r"Step Number:\s*(\d+)", block.group(2).strip(), re.IGNORECASE)
        if agent and step:
            said[block.group(1).strip()] = (agent.group(1), step.group(1))
    names = [n for n in os.listdir(directory) if n.endswith(".json") and os.path.isfile(os.path.join(directory, n))]
    hits = [0, 0]
    for name, (agent, step) in said.items():
        path = os.path.join(directory, name)
        if os.path.exists(path):
            truth = json.load(open(path, encoding="utf-8"))
            hits[0] += str(truth["mistake_agent"]) in agent
            hits[1] += str(truth["mistake_step"]) in step
    return {"agent": hits[0] / len(names), "step": hits[1] / len(names), "n": len(names)}
print(json.dumps([rate(log, sys.argv[1]) for log in sys.argv[2:]]))
`;

const shared = join(import.meta.dirname, "../../../../../shared/data/who-and-when");
const here = existsSync(shared);
if (!here) console.error("skipped: ../shared/data/who-and-when is not here");

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "culprit-published-"));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

let written = 0;
const logFile = (text: string) => {
  const path = join(directory, `log ${written++}.txt`);
  writeFileSync(path, text);
  return path;
};
const block = (file: string, agent: string, step: string) =>
  `Prediction for ${file}:\nAgent Name: ${agent}\nStep Number: ${step}\nReason for Mistake: none\n\n`;

async function ours(predictions: string, data: string) {
  const report = await evaluate({ benchmark: "who-and-when", data, predictions, scoring: "published" });
  const [own] = Object.values(report.subsets);
  return { agent: own?.agent.accuracy, step: own?.step.accuracy, n: own?.n };
}

function official(python: string, data: string, logs: readonly string[]): unknown {
  const done = spawnSync(python, ["-c", OFFICIAL_RULES, data, ...logs], { encoding: "utf8" });
  expect(done.status, done.stderr).toBe(0);
  return JSON.parse(done.stdout);
}

describe("--scoring published", () => {
  it("calls a label right that is contained in the prediction, and counts every JSON file", async () => {
    const data = writeLogs(join(directory, "rules"), {
      "1.json": failureLog("1", ["Alpha", "Beta"], 1),
      "2.json": failureLog("2", ["Alpha", "Beta"], 2),
      "3.json": failureLog("3", ["Blu-Ray_Expert", "Beta"], 0),
      "4.json": "{ broken",
    });
    const log = [
      block("1.json", "AlphaBeta", "12"),
      block("2.json", "Alpha_Expert", "1234567890"),
      // Cut at the hyphen: can never be right.
      block("3.json", "Blu-Ray_Expert", "0"),
      block("9.json", "Alpha", "1"),
    ].join("");
    expect(await ours(logFile(log), data)).toEqual({ agent: 2 / 4, step: 3 / 4, n: 4 });
  });

  it("does not read bold names, and lets the last readable prediction of a file count", async () => {
    const data = writeLogs(join(directory, "parsing"), { "1.json": failureLog("1", ["Alpha", "Beta"], 1) });
    const bold = "Prediction for 1.json:\n**Agent Name:** Beta\n**Step Number:** 1\n";
    expect(await ours(logFile(bold), data)).toEqual({ agent: 0, step: 0, n: 1 });
    const twice = block("1.json", "Beta", "1") + block("1.json", "Alpha", "3");
    expect(await ours(logFile(twice), data)).toEqual({ agent: 0, step: 0, n: 1 });
    expect(await ours(logFile(twice + bold), data)).toEqual({ agent: 0, step: 0, n: 1 });
    expect(await ours(logFile(block("1.json", "Alpha", "3") + block("1.json", "Beta", "1") + bold), data)).toEqual({
      agent: 1,
      step: 1,
      n: 1,
    });
  });

  it("scores a strategy and JSON predictions as if they had been logged", async () => {
    const data = writeLogs(join(directory, "json"), { "1.json": failureLog("1", ["Alpha", "Beta"], 1, 20) });
    const path = logFile(JSON.stringify([{ path: "1.json", agent: "Beta", step: 13 }]));
    expect(await ours(path, data)).toEqual({ agent: 1, step: 1, n: 1 });
    const exact = await evaluate({ benchmark: "who-and-when", data, predictions: path });
    expect(exact.subsets["algorithm-generated"]?.step.accuracy).toBe(0);
  });

  it("is refused where there is no official evaluator", async () => {
    const options = { benchmark: "agentrx" as const, data: directory, scoring: "published" as const };
    await expect(evaluate(options)).rejects.toMatchObject({ code: "scoring_impossible" });
  });

  it("agrees with Python to the last digit on logs made to be awkward", async (context) => {
    const python = pythonOrSkip(context);
    const names = ["Älpha_Expert", "Blu-Ray", "日本_Agent", "B", "Alpha", "O'Neil"];
    const data = writeLogs(
      join(directory, "awkward"),
      Object.fromEntries(
        names.map((name, i) => [`${i}.json`, failureLog(String(i), [name, "Beta"], (2 * i) % 14, 15)]),
      ),
    );
    const pieces = [
      (i: number) => block(`${i}.json`, names[i % names.length] ?? "", String((2 * i) % 14)),
      (i: number) => `Prediction for  ${i}.json :\r\nAGENT NAME:\u00a0${names[i % 6]}\r\nſtep Number:\u2003${i}7`,
      (i: number) => `prediction for ${i}.json: Agent Name: B Step Number: ${i}`,
      (i: number) => `Prediction for x:y ${i}.json: Agent name:\nB\nstep number:\n\u0661${i}`,
      (i: number) => `Prediction for ./${i}.json:Agent Name:B Step Number:${i} Prediction for`,
      (i: number) => `Prediction for\n${i}.json: Agent Name: _${names[i % 6]} Step Number: 0${i}\u001cAgent Name: Z`,
    ];
    const logs = Array.from({ length: 12 }, (_, round) => {
      const piece = (i: number) => pieces[(i * 5 + round * 7 + ((i * round) % 4)) % 6]?.((i + round) % 7) ?? "";
      return logFile([0, 1, 2, 3, 4, 5, 6, 7].map(piece).join("\n"));
    });
    const made = [];
    for (const log of logs) made.push(await ours(log, data));
    expect(made).toEqual(official(python, data, logs));
    // The logs must tell rules apart, or agreeing on them says nothing.
    expect(new Set(made.map(({ agent, step }) => `${agent} ${step}`)).size).toBeGreaterThanOrEqual(4);
  });
});

describe.skipIf(!here)("--scoring published on the public failure logs", () => {
  it.each(["algorithm-generated", "hand-crafted"])("agrees with Python on %s", async (subset) => {
    const data = join(shared, subset);
    const files = readdirSync(data).filter((name) => name.endsWith(".json"));
    const labels = files.map((file) => JSON.parse(readFileSync(join(data, file), "utf8")));
    const digits = logFile(files.map((file) => block(file, "Orchestrator_WebSurfer", "1234567890")).join(""));
    const mixed = logFile(
      files.map((file, i) => block(file, i % 3 === 0 ? labels[i].mistake_agent : "WebSurfer", `${i}`)).join(""),
    );
    const made = [await ours(digits, data), await ours(mixed, data)];
    expect(made.map(({ n }) => n)).toEqual([files.length, files.length]);
    const python = pythonWith("json");
    if (python !== undefined) expect(made).toEqual(official(python, data, [digits, mixed]));
    // Every label of one digit is contained in these ten.
    const contained = labels.filter(({ mistake_step }) => "1234567890".includes(mistake_step)).length;
    expect(made[0]?.step).toBe(contained / files.length);
    if (subset === "algorithm-generated") expect(contained).toBe(files.length);
  });
});
