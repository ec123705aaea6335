import type { ChatCall } from "@culprit/instrumentation";
import { type Step, textMessage } from "@culprit/schemas";
import { describe, expect, it } from "vitest";
import { Replayer } from "../../../analyzers/replay/replayer.ts";
import { runOf } from "./injection/site.ts";

/** A run as a gateway records it: `question > answer`, and `question ! error` for a call that broke. */
function recorded(...lines: string[]) {
  const run = runOf(
    ...lines.map((line) => ({
      agent: "agent",
      content: line.split(/ [>!] /)[1] ?? "",
      input: line.split(/ [>!] /)[0] ?? "",
    })),
  );
  const steps = run.steps.map(
    (step, at): Step => (lines[at]?.includes(" ! ") ? { ...step, content: "half of", error: step.content } : step),
  );
  return { ...run, steps };
}
const asking = (text: string, retry?: number): ChatCall => ({
  kind: "chat",
  agent: "known by its path",
  model: "scripted",
  messages: [textMessage("user", text)],
  tools: [],
  responseFormat: null,
  ...(retry === undefined ? {} : { retry }),
});
const replaying = (trajectory: ReturnType<typeof recorded>, target: number) =>
  new Replayer({ trajectory, target, intervention: { content: "changed", tool_calls: [] }, sees: "models" });
const said = async (replayer: Replayer, call: ChatCall) => {
  const served = await replayer.intercept(call);
  return served?.kind === "chat" ? `${served.source}: ${served.content}` : "live";
};

describe("a replay that sees model calls alone", () => {
  it("knows a call by what it asks, whoever asks", async () => {
    const replayer = replaying(recorded("a > 1", "b > 2", "c > 3"), 1);
    expect(await said(replayer, asking("a"))).toBe("recorded: 1");
    expect(await said(replayer, asking("b"))).toBe("intervention: changed");
    expect(await said(replayer, asking("c"))).toBe("live");
    expect(replayer.invalid()).toBeNull();
  });

  it("gives a marked retry what it gave before, and takes nothing more from the record", async () => {
    const replayer = replaying(recorded("a > 1", "a > 2", "b > 3"), 2);
    expect(await said(replayer, asking("a"))).toBe("recorded: 1");
    expect(await said(replayer, asking("a", 1))).toBe("recorded: 1");
    expect(await said(replayer, asking("a"))).toBe("recorded: 2");
    expect(await said(replayer, asking("b"))).toBe("intervention: changed");
  });

  it("answers at once where the recorded client had to ask again, be it for an answer cut in half", async () => {
    const replayer = replaying(recorded("a ! The answer's stream ended in the middle.", "a > 1", "b > 2"), 2);
    expect(await said(replayer, asking("a"))).toBe("recorded: 1");
    expect(await said(replayer, asking("b"))).toBe("intervention: changed");
    expect(replayer.invalid()).toBeNull();
  });

  it("does not give half of an answer for the whole where nobody asked again", async () => {
    const replayer = replaying(recorded("a ! The answer's stream ended in the middle.", "b > 2"), 1);
    await expect(replayer.intercept(asking("a"))).rejects.toThrow("stream ended in the middle");
    expect(await said(replayer, asking("b"))).toBe("intervention: changed");
  });

  it("is invalid where the step to change is a call that was repeated", async () => {
    const replayer = replaying(recorded("a ! broken", "a > 1"), 0);
    expect(await said(replayer, asking("a"))).toBe("live");
    expect(replayer.invalid()).toMatch(/Step 0 is a call that failed and was repeated/);
  });
});
