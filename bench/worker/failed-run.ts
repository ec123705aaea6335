import { type Span, textMessage } from "@culprit/schemas";

/** A failed run of six steps with texts of the length that agents write, ended a while ago. */
export function failedRun(number: number): Span[] {
  const trace_id = (0xbe7c0000 + number).toString(16).padStart(32, "0");
  const began = BigInt(Date.now() - 60_000) * 1_000_000n;
  const make = (
    id: number,
    parent: number,
    more: Partial<Span["reading"]>,
    attributes: Span["attributes"] = {},
  ): Span => ({
    project: "default",
    trace_id,
    span_id: id.toString(16).padStart(16, "0"),
    parent_span_id: parent === 0 ? "" : parent.toString(16).padStart(16, "0"),
    name: `span ${id}`,
    kind: "internal",
    start_time_unix_nano: String(began + BigInt(id) * 1_000_000n),
    end_time_unix_nano: String(began + BigInt(id === 1 ? 100 : id + 1) * 1_000_000n),
    status_code: "unset",
    status_message: "",
    trace_state: "",
    scope_name: "bench",
    scope_version: "",
    resource_attributes: {},
    attributes,
    events: [],
    links: [],
    dropped_attributes_count: 0,
    dropped_events_count: 0,
    dropped_links_count: 0,
    reading: {
      dialect: "genai",
      operation: "chat",
      agent: "",
      tool: "",
      model: "scripted",
      input: [],
      output: [],
      input_tokens: 0,
      output_tokens: 0,
      conversation_id: "",
      ...more,
    },
  });
  const says = (agent: string, at: number) => ({
    agent,
    input: [textMessage("user", `Continue with part ${at} of task ${number}. ${"Mind the details. ".repeat(20)}`)],
    output: [
      textMessage("assistant", `Part ${at} of task ${number}: ${"this follows from what was said. ".repeat(20)}`),
    ],
  });
  return [
    make(1, 0, { operation: "invoke_workflow" }, { "culprit.task": `task ${number}`, "culprit.outcome": "failure" }),
    ...["Planner", "Coder", "Checker", "Coder", "Checker", "Planner"].map((agent, at) =>
      make(at + 2, 1, says(agent, at)),
    ),
  ];
}
