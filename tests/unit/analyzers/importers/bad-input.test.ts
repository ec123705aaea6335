import { importAll } from "@culprit/analyzers";
import { describe, expect, it } from "vitest";
import { importFixture } from "./import-fixture.ts";

const fixture = importFixture("bad-input");

const command = (text: string) => `\`\`\`mswea_bash_command\n${text}\n\`\`\``;
const observed = (output: string, code = 0) => `<returncode>${code}</returncode>\n<output>\n${output}\n</output>`;
const chat = (...turns: [string, string][]) => [
  { role: "user", content: "Do it." },
  ...turns.flatMap(([did, saw]) => [
    { role: "assistant", content: command(did) },
    { role: "user", content: saw },
  ]),
];
const one = async (name: string, content: unknown) => {
  const { runs, skipped, trajectories } = await fixture.import({ [name]: content });
  return { run: runs[0], skip: skipped[0], trajectory: trajectories[0] };
};

describe("broken files", () => {
  it("JSON that stops in the middle is read as far as it is whole, and said", async () => {
    const text = JSON.stringify(
      chat(["ls", observed("a")], ["cat a", observed("b")], ["make", observed("c")]),
      null,
      1,
    );
    const { run, trajectory } = await one("cut.json", text.slice(0, text.lastIndexOf("make") + 2));
    expect(run?.warnings).toContain("It ends in the middle of a value: read as far as it is whole.");
    expect(trajectory?.steps.filter(({ role }) => role === "agent")).toHaveLength(2);
  });

  it("any cut of a file is a run or a named skip, never an error", async () => {
    const text = JSON.stringify({
      messages: chat(['echo "\\\\"', observed('é\u0000"}')]),
      info: { x: [1, -2.5e3, null, true] },
      trajectory_format: "mini-swe-agent-1.1",
    });
    for (let at = 0; at < text.length; at += 3) {
      const { runs, skipped } = await importAll(fixture.write(`cuts/${at}.json`, text.slice(0, at)), {
        everything: true,
      });
      expect(runs.length + skipped.length).toBe(1);
    }
  });

  it("Python's NaN and Infinity are nothing; lines of JSON that are broken are left out and counted", async () => {
    const nan = await one(
      "nan.json",
      JSON.stringify({ info: { x: 1 }, messages: chat(["ls", observed("a")]) }).replace(
        '"x":1',
        '"x":NaN,"y":-Infinity',
      ),
    );
    expect(nan.run?.format).toBe("mini-swe-agent");
    const lines = [
      { type: "user", uuid: "1", sessionId: "s", message: { role: "user", content: "Go." } },
      {
        type: "assistant",
        uuid: "2",
        sessionId: "s",
        message: { role: "assistant", content: [{ type: "text", text: "I go." }] },
      },
      {
        type: "assistant",
        uuid: "3",
        sessionId: "s",
        message: { role: "assistant", content: [{ type: "text", text: "Gone." }] },
      },
    ].map((line) => JSON.stringify(line));
    const broken = await one("s.jsonl", [...lines.slice(0, 2), '{"type": "assi', "", lines[2]].join("\n"));
    expect(broken.run).toMatchObject({ steps: 2, warnings: ["1 of its lines are no JSON and were left out."] });
  });

  it("an empty file, a picture, a pointer of Git LFS, an empty run: a name each", async () => {
    const { codes, runs } = await fixture.import({
      "empty.json": "",
      "picture.png": Buffer.from([
        0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 1, 2, 3, 4, 5, 6, 0x10, 0x11, 0x12,
      ]),
      "pointer.log": "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
      "silent.json": {
        trajectory_format: "mini-swe-agent-1.1",
        info: {},
        messages: [{ role: "user", content: "Do it." }],
      },
      "nothing.json": { schema_version: "ATIF-v1.2", agent: { name: "a" }, steps: [] },
    });
    expect(codes).toEqual({
      "empty.json": "empty",
      "picture.png": "binary",
      "pointer.log": "lfs_pointer",
      "silent.json": "malformed",
    });
    expect(runs).toMatchObject([{ steps: 0, warnings: ["The run is empty: the agent took no step."] }]);
  });

  it("nested deeper than anyone writes, and keys that are not what they seem", async () => {
    const { run } = await one("deep.json", `${"[".repeat(100_000)}`);
    expect(run).toBeUndefined();
    const hostile = await one(
      "proto.json",
      JSON.stringify(chat(["ls", observed("a")])).replace(
        '"role":"user","content":"Do it."',
        '"role":"user","__proto__":{"polluted":1},"content":"Do it."',
      ),
    );
    expect(hostile.run?.steps).toBe(2);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });
});

describe("encodings and bytes", () => {
  const text = JSON.stringify(chat(["echo é→", observed("naïve ☃")]));

  it("UTF-16 with and without its mark, UTF-8 with one", async () => {
    const big = Buffer.from(text, "utf16le").swap16();
    const files = {
      "le.json": Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, "utf16le")]),
      "bare.json": Buffer.from(text.replace("Do it.", "2"), "utf16le"),
      "be.json": Buffer.concat([Buffer.from([0xfe, 0xff]), big]),
      "bom.json": Buffer.from(`\ufeff${text}`),
    };
    for (const [name, content] of Object.entries(files)) {
      const { trajectory } = await one(name, content);
      expect(trajectory?.steps[1]?.content, name).toBe("naïve ☃");
    }
  });

  it("a line that is no UTF-8 is read as Windows-1252, the lines around it as what they are", async () => {
    const lines = JSON.stringify(chat(["ls", observed("AA")], ["cat", observed("ü")]), null, 1);
    const bytes = Buffer.from(lines);
    const at = bytes.indexOf("AA");
    bytes[at] = 0xe9;
    bytes[at + 1] = 0x80;
    const { run, trajectory } = await one("mixed.json", bytes);
    expect(trajectory?.steps.map(({ content }) => content).filter((content) => /[é€ü]/.test(content))).toEqual([
      "é€",
      "ü",
    ]);
    expect(run?.warnings[0]).toBe("It is encoded as mixed.");
  });

  it("binary observations and terminal escapes are kept as they are", async () => {
    const strange = "\u001b[31mred\u001b[0m \u0000\u0001\ufffd\u0007 \ud83d";
    const { trajectory } = await one("binary.json", chat(["cat a.out", observed(strange)]));
    expect(trajectory?.steps[1]?.content).toBe(strange);
  });
});

describe("runs that are too much or out of order", () => {
  it("10,000 steps stay in order", async () => {
    const turns = Array.from({ length: 5000 }, (_, at): [string, string] => [`echo ${at}`, observed(`${at}`)]);
    const { run, trajectory } = await one("long.json", chat(...turns));
    expect(run?.steps).toBe(10_000);
    expect(trajectory?.steps.at(-1)?.content).toBe("4999");
  });

  it("ids that repeat name the nearest call, a clock that runs backwards keeps the source's order and is said", async () => {
    const step = (at: string, said: string, answer: string) => ({
      source: "agent",
      timestamp: at,
      message: said,
      tool_calls: [{ tool_call_id: "same", function_name: "Bash", arguments: { command: said } }],
      observation: { results: [{ source_call_id: "same", content: answer }] },
    });
    const { run, trajectory } = await one("ids.json", {
      schema_version: "ATIF-v1.4",
      agent: { name: "a" },
      steps: [step("2026-01-01T00:00:09Z", "one", "1"), step("2026-01-01T00:00:01Z", "two", "2")],
    });
    expect(trajectory?.steps.map(({ content }) => content.split("\n")[0])).toEqual(["one", "1", "two", "2"]);
    expect(trajectory?.steps.map(({ started_at }) => started_at)).toEqual(
      [...(trajectory?.steps ?? [])].map(({ started_at }) => started_at).sort(),
    );
    expect(run?.warnings).toEqual(["Its clock runs backwards at step 2; the order is the source's."]);
  });

  it("an observation of many megabytes loses its middle, and that is said", async () => {
    const { run, trajectory } = await one("huge.json", chat(["yes", observed("y\n".repeat(2_000_000))]));
    expect(trajectory?.steps[1]?.content.length).toBeLessThan(600_000);
    expect(trajectory?.steps[1]?.content).toMatch(/chars cut/);
    expect(run?.warnings[0]).toContain("lost their middle");
  });
});
