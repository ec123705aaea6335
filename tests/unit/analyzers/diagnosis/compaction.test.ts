import {
  type Conversation,
  charsOf,
  compact,
  createEndpoint,
  createMeter,
  diagnoseWithModel,
  promptOf,
  slideWindow,
} from "@culprit/analyzers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ScriptedReply, type ScriptedRequest, scriptedEndpoint } from "../tracer-endpoint.ts";
import { type Said, shellRun } from "./shell-run.ts";

const text = (length: number, mark = "x") => mark.repeat(length);
const conversation = fc.record({
  system: fc.nat(500).map((length) => text(length)),
  opening: fc.nat(5_000).map((length) => text(length)),
  summary: fc.nat(2_000).map((length) => text(length)),
  exchanges: fc.array(
    fc.record({
      call: fc.nat(3_000).map((length) => text(length, "c")),
      result: fc.nat(9_000).map((length) => text(length, "r")),
    }),
    { maxLength: 20 },
  ),
});

describe("the sliding window", () => {
  it("makes every conversation shorter until nothing can go, and never parts a call from its answer", () => {
    fc.assert(
      fc.property(conversation, (given) => {
        let current: Conversation = given;
        for (let round = 0; ; round++) {
          expect(round).toBeLessThan(200);
          const next = slideWindow(current);
          if (next === null) break;
          expect(charsOf(next)).toBeLessThan(charsOf(current));
          const { turns = [] } = promptOf(next);
          expect(turns.map(({ role }) => role)).toEqual(next.exchanges.flatMap(() => ["assistant", "user"]));
          current = next;
        }
        expect(charsOf(current)).toBeLessThanOrEqual(given.system.length + 4 * 400 + 60);
      }),
      { numRuns: 200 },
    );
  });

  it("drops the oldest", () => {
    const exchanges = Array.from({ length: 10 }, (_, at) => ({ call: `c${at}`, result: `r${at}` }));
    const slid = slideWindow({ system: "s", opening: "o", summary: "", exchanges });
    expect(slid?.exchanges.map(({ call }) => call)).toEqual(["c4", "c5", "c6", "c7", "c8", "c9"]);
  });
});

describe("a summary by the model", () => {
  const given: Conversation = {
    system: "s",
    opening: "o",
    summary: "",
    exchanges: Array.from({ length: 6 }, (_, at) => ({ call: `{"call": ${at}}`, result: text(1_000) })),
  };
  const options = (content: string | null) => ({
    instruction: "sum up",
    counts: { summaries: 0, windows: 0, failures: 0 },
    failedInARow: { count: 0 },
    ask: async () =>
      content === null
        ? { ok: false as const, failure: { kind: "unavailable" as const, reason: "away" } }
        : {
            ok: true as const,
            completion: { message: { content }, finish: "stop", model: "m", input_tokens: 1, output_tokens: 1 },
          },
  });

  it("stands for what it replaces, as data, and leaves the latest exchanges", async () => {
    const own = options("Step 3 was read.\n</run>");
    const shorter = await compact(given, own);
    expect(shorter?.exchanges).toEqual(given.exchanges.slice(-2));
    expect(shorter?.summary).toBe("    Step 3 was read.\n    <\\/run>");
    expect(own.counts).toEqual({ summaries: 1, windows: 0, failures: 0 });
  });

  it.each([
    ["fails", null],
    ["says nothing", " "],
    ["is no shorter", text(9_000)],
  ])("gives way to the window where it %s", async (_, content) => {
    const own = options(content);
    const shorter = await compact(given, own);
    expect(shorter?.exchanges).toEqual(given.exchanges.slice(2));
    expect(own.counts).toEqual({ summaries: 0, windows: 1, failures: 1 });
  });

  it("is not tried again after three failures", async () => {
    const own = { ...options(null), failedInARow: { count: 3 } };
    await compact(given, own);
    expect(own.counts).toEqual({ summaries: 0, windows: 1, failures: 0 });
  });
});

describe("the meter", () => {
  it("says what the server said, and reckons only what came since", () => {
    const meter = createMeter();
    expect(meter.expected(400)).toBe(100);
    meter.reported(1_000, 500, 20);
    expect([meter.expected(1_000), meter.expected(1_200)]).toEqual([500, 600]);
    meter.reported(1_200, 640, 30);
    expect([meter.input, meter.output, meter.calls]).toEqual([1_140, 50, 2]);
    meter.shortened();
    expect(meter.expected(600)).toBe(320);
  });

  it("does not believe nonsense", () => {
    const meter = createMeter();
    meter.reported(10, 1e9, 0);
    meter.reported(10, 0, 0);
    expect(meter.expected(400)).toBe(100);
  });
});

/** A server whose context holds `limit` characters: longer prompts are refused as vLLM does. */
function narrow(limit: number, reply: (request: ScriptedRequest) => ScriptedReply) {
  return (request: ScriptedRequest): ScriptedReply => {
    const chars = request.messages.reduce((sum, { content }) => sum + content.length, 0);
    const tokens = Math.ceil(chars / 3);
    if (chars > limit)
      return {
        status: 400,
        body: {
          error: {
            message: `This model's maximum context length is ${Math.floor(limit / 3)} tokens. However, you requested ${tokens} tokens.`,
            code: "context_length_exceeded",
          },
        },
      };
    const said = reply(request);
    return typeof said === "object" && !("status" in said) && !("raw" in said)
      ? { ...said, usage: { prompt_tokens: tokens, completion_tokens: 5 } }
      : said;
  };
}

describe("a diagnosis whose run does not fit", () => {
  const long = shellRun(Array.from({ length: 30 }, (_, at): Said => [`cat file${at}.py`, text(5_000, `${at % 10}`)]));

  it.each([4_000, 9_000, 20_000, 60_000])("never stalls in a context of %i characters", async (limit) => {
    let asked = 0;
    const endpoint = await scriptedEndpoint(
      narrow(limit, (request) => {
        if (request.messages[0]?.content.startsWith("You are given the notes")) return { content: "Read some steps." };
        const at = asked++;
        return at < 20
          ? { content: `{"tool": "read", "from": ${2 * at}, "to": ${2 * at + 2}}` }
          : { content: '{"tool": "finish", "labels": [{"step": 0, "label": "unuseful", "reason": "r"}]}' };
      }),
    );
    const result = await diagnoseWithModel(long, {
      endpoint: createEndpoint({ url: endpoint.url, model: "scripted", maxRetries: 0 }),
      contextTokens: 30_000,
    });
    await endpoint.close();
    expect(result.degraded).toBeNull();
    expect(result.diagnosis.unuseful.map(({ step }) => step)).toEqual([0]);
    // Every answer is counted, summaries included; refused prompts cost nothing.
    const answered = result.transcript.length + result.compactions.summaries;
    expect(result.calls).toBe(answered);
    expect(result.output_tokens).toBe(5 * answered);
    expect(result.compactions.summaries + result.compactions.windows).toBeGreaterThan(0);
    expect(endpoint.requests.length).toBeLessThan(120);
  });

  it("ends with the rules' answer where not even the opening fits", async () => {
    const endpoint = await scriptedEndpoint(narrow(500, () => ({ content: "{}" })));
    const result = await diagnoseWithModel(long, {
      endpoint: createEndpoint({ url: endpoint.url, model: "scripted", maxRetries: 0 }),
    });
    await endpoint.close();
    expect(result.degraded?.cause).toBe("too_long");
  });
});
