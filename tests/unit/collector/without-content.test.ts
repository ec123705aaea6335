import { parseConfig, type RawSpan } from "@culprit/schemas";
import { describe, expect, test } from "vitest";
import { readSpan } from "../../../collector/dialects/read-span.ts";
import { createPrivacy } from "../../../collector/privacy/privacy.ts";

const SAID = "what was said";
const base: RawSpan = {
  trace_id: "0".repeat(31).concat("1"),
  span_id: "1".repeat(16),
  parent_span_id: "",
  name: "chat",
  kind: "internal",
  start_time_unix_nano: "1",
  end_time_unix_nano: "2",
  status_code: "error",
  status_message: SAID,
  trace_state: "",
  scope_name: "",
  scope_version: "",
  resource_attributes: { "service.name": "team" },
  attributes: {},
  events: [
    { name: "exception", time_unix_nano: "1", attributes: { "exception.type": "E", "exception.message": SAID } },
  ],
  links: [],
  dropped_attributes_count: 0,
  dropped_events_count: 0,
  dropped_links_count: 0,
};

const call = {
  role: "assistant",
  tool_calls: [{ id: "c1", type: "function", function: { name: "search", arguments: `{"name":"${SAID}"}` } }],
};

const spans: [vendor: string, attributes: RawSpan["attributes"]][] = [
  [
    "genai",
    {
      "gen_ai.operation.name": "chat",
      "gen_ai.agent.name": "Coder",
      "gen_ai.request.model": "m",
      "gen_ai.input.messages": JSON.stringify([{ role: "user", parts: [{ type: "text", content: SAID }] }]),
      "gen_ai.output.messages": JSON.stringify([
        { role: "assistant", parts: [{ type: "tool_call", id: "c1", name: "search", arguments: { name: SAID } }] },
      ]),
      "culprit.task": SAID,
      "gen_ai.usage.input_tokens": 7,
    },
  ],
  [
    "openinference",
    {
      "openinference.span.kind": "LLM",
      "agent.name": "Coder",
      "llm.model_name": "m",
      "llm.input_messages.0.message.role": "user",
      "llm.input_messages.0.message.content": SAID,
      "llm.output_messages.0.message.role": "assistant",
      "llm.output_messages.0.message.tool_calls.0.tool_call.function.name": "search",
      "llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments": `{"name":"${SAID}"}`,
      "input.value": `{"name":"${SAID}"}`,
    },
  ],
  [
    "openllmetry",
    {
      "traceloop.span.kind": "agent",
      "gen_ai.agent.name": "Coder",
      "gen_ai.response.model": "m",
      "gen_ai.prompt.0.role": "user",
      "gen_ai.prompt.0.content": SAID,
      "traceloop.entity.output": JSON.stringify({ messages: [call] }),
    },
  ],
];

describe("a project that captures no content", () => {
  const privacy = createPrivacy(parseConfig({ projects: { closed: { capture_content: false } } }));

  test.each(spans)("keeps who did what of a %s span, and nothing that was said", (_vendor, attributes) => {
    const span: RawSpan = structuredClone({ ...base, attributes: { ...attributes, "vendor.unknown": { x: [SAID] } } });
    const before = readSpan(structuredClone(span));
    privacy.spans("closed", [span]);
    expect(JSON.stringify(span)).not.toContain(SAID);
    const after = readSpan(span);
    for (const field of ["dialect", "operation", "agent", "model", "input_tokens"] as const) {
      expect(after[field], field).toBe(before[field]);
    }
    expect(after.agent).toBe("Coder");
    expect(after.input.map(({ role }) => role)).toEqual(before.input.map(({ role }) => role));
    expect(after.output.flatMap(({ parts }) => parts.map(({ type, name }) => [type, name]))).toEqual(
      before.output.flatMap(({ parts }) => parts.map(({ type, name }) => [type, name])),
    );
    expect(span.events[0]?.attributes).toMatchObject({ "exception.type": "E" });
  });

  test("keeps log records without their bodies", () => {
    const log = {
      ...base,
      log_id: "1",
      position: 0,
      time_unix_nano: "1",
      severity_number: 0,
      severity_text: "",
      event_name: "gen_ai.user.message",
      attributes: { note: SAID },
      body: { role: "user", content: SAID },
    };
    privacy.logs("closed", [log]);
    expect(log.body).toEqual({ role: "user", content: "[not kept: 13 characters]" });
    expect(log.attributes.note).not.toContain(SAID);
  });

  test("says no more in what is reported about its runs", () => {
    expect(privacy.content("closed", SAID)).toBe("[not kept: 13 characters]");
    expect(privacy.content("open", SAID)).toBe(SAID);
  });

  test("is one project: its neighbour keeps what was said", () => {
    const span = structuredClone({ ...base, attributes: { "culprit.task": SAID } });
    privacy.spans("open", [span]);
    expect(span).toEqual({ ...base, attributes: { "culprit.task": SAID } });
  });
});

test("capture can be off for all and on for one", () => {
  const privacy = createPrivacy(parseConfig({ capture_content: false, projects: { open: { capture_content: true } } }));
  expect([privacy.content("open", SAID), privacy.content("other", SAID)]).toEqual([SAID, "[not kept: 13 characters]"]);
});
