import { createHash } from "node:crypto";
import { basename, dirname, join } from "node:path";
import { type Attributes, GEN_AI, type Message, type MessagePart, type RawSpan, textMessage } from "@culprit/schemas";
import type { ImportFormat, Malformed, ParsedRun, SourceError, SourceFile } from "./format.ts";
import { asObject, asObjects, asText, parseArguments } from "./json-shape.ts";
import { directoriesIn } from "./label-files.ts";
import { baseSpan } from "./run-spans.ts";

/** OpenInference span kinds as operations; kinds not listed are no work of their own. */
const OPERATIONS: Readonly<Record<string, string>> = {
  AGENT: "invoke_agent",
  LLM: "chat",
  TOOL: "execute_tool",
  RETRIEVER: "retrieval",
};

/**
 * TRAIL (arXiv 2505.08638): one trace a file, OpenInference spans nested in `child_spans`; the annotated errors in a
 * file of the same name in `processed_annotations*`, or both in one object as `trace` and `labels` (the published
 * rows). Span ids are kept, so that an error's location names a span of the imported run.
 */
export const trail: ImportFormat = {
  name: "trail",
  description: "TRAIL traces: nested OpenInference spans; labels in processed_annotations*",
  detect: (file) => documentsOf(file).length > 0,
  isLabels: (file) => isAnnotation(asObject(file.json)),
  async labelPaths(path, sources) {
    const folder = dirname(path);
    const beside = await Promise.all(
      [folder, join(folder, ".."), join(folder, "..", "..")].map((at) =>
        directoriesIn(at, /^processed_annotations/, sources),
      ),
    );
    return beside.flat().map((directory) => join(directory, basename(path)));
  },
  parse: (file, labelFiles) =>
    documentsOf(file).map(({ trace, labels }) => parseTrace(trace, labels ?? asObject(labelFiles[0]?.json))),
};

interface TraceDocument {
  trace: Record<string, unknown>;
  labels: Record<string, unknown> | undefined;
}

function documentsOf(file: SourceFile): TraceDocument[] {
  const all = Array.isArray(file.json) ? asObjects(file.json) : asObjects([file.json]);
  const documents = all.map((item) => ({
    trace: asObject(parseArguments(item["trace"])) ?? item,
    labels: asObject(parseArguments(item["labels"])) ?? (isAnnotation(item) ? item : undefined),
  }));
  return documents.every(({ trace }) => isTrace(trace)) ? documents : [];
}

function isTrace(document: Record<string, unknown>): boolean {
  const spans = asObjects(document["spans"]);
  return spans.length > 0 && spans.every((span) => "span_id" in span && "span_attributes" in span);
}

function isAnnotation(document: Record<string, unknown> | undefined): boolean {
  return (
    document !== undefined &&
    !("spans" in document) &&
    !("trace" in document) &&
    Array.isArray(document["errors"]) &&
    asObjects(document["errors"]).every((error) => "category" in error && "location" in error)
  );
}

/** The annotated errors of a labels document, their locations as ids of imported spans. */
export function trailErrors(labels: Record<string, unknown> | undefined): SourceError[] {
  return asObjects(labels?.["errors"]).map((error) => ({
    category: asText(error["category"]).trim(),
    location: importedId(asText(error["location"])),
  }));
}

function parseTrace(
  trace: Record<string, unknown>,
  labels: Record<string, unknown> | undefined,
): ParsedRun | Malformed {
  const spans: RawSpan[] = [];
  const seen = new Set<string>();
  const waiting = asObjects(trace["spans"]).map((span) => ({ span, parent: "" }));
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const made = spanOf(next.span, next.parent);
    if (seen.has(made.span_id)) return { malformed: `two spans have the id ${asText(next.span["span_id"])}.` };
    seen.add(made.span_id);
    spans.push(made);
    waiting.push(...asObjects(next.span["child_spans"]).map((span) => ({ span, parent: made.span_id })));
  }
  const id = asText(trace["trace_id"]);
  return {
    ...(id === "" ? {} : { key: id }),
    identity: JSON.stringify(trace),
    subset: "",
    task: taskOf(trace),
    task_id: id,
    ground_truth: "",
    outcome: "unknown",
    steps: [],
    system_prompts: new Map(),
    label: null,
    spans,
    ...(labels === undefined ? {} : { errors: trailErrors(labels) }),
    warnings: [],
  };
}

function spanOf(span: Record<string, unknown>, parent: string): RawSpan {
  const attributes = asObject(span["span_attributes"]) ?? {};
  const name = asText(span["span_name"]) || "span";
  const start = nanos(asText(span["timestamp"]));
  const end = start + durationNanos(asText(span["duration"]));
  const identity = { trace_id: "", source: "trail" };
  const made = baseSpan(identity, importedId(asText(span["span_id"])), parent, name, start, end);
  const failed = asText(span["status_code"]).toLowerCase() === "error";
  return {
    ...made,
    ...(failed ? { status_code: "error" as const, status_message: asText(span["status_message"]) || "error" } : {}),
    scope_name: asText(span["scope_name"]),
    attributes: read(attributes, name),
  };
}

/** OpenInference attributes in the words of the GenAI conventions. */
function read(attributes: Record<string, unknown>, name: string): Attributes {
  const text = (key: string) => asText(attributes[key]);
  const kind = text("openinference.span.kind").toUpperCase();
  const operation = Object.hasOwn(OPERATIONS, kind) ? OPERATIONS[kind] : undefined;
  if (operation === undefined) return {};
  const output = messages(
    attributes,
    "llm.output_messages",
    text("output.value"),
    kind === "TOOL" ? "tool" : "assistant",
  );
  const input = messages(attributes, "llm.input_messages", text("input.value"), "user");
  return {
    [GEN_AI.operationName]: operation,
    ...(kind === "AGENT" ? { [GEN_AI.agentName]: text("agent.name") || name.replace(/\.run$/, "") } : {}),
    ...(kind === "TOOL" ? { [GEN_AI.toolName]: text("tool.name") || name } : {}),
    ...(text("llm.model_name") === "" ? {} : { [GEN_AI.requestModel]: text("llm.model_name") }),
    ...(input.length === 0 ? {} : { [GEN_AI.inputMessages]: JSON.stringify(input) }),
    ...(output.length === 0 ? {} : { [GEN_AI.outputMessages]: JSON.stringify(output) }),
  };
}

/** Messages flattened into attributes (`<prefix>.0.message.content`); where there are none, `text` as one. */
function messages(attributes: Record<string, unknown>, prefix: string, text: string, role: string): Message[] {
  const found = new Map<number, { role: string; content: string; calls: Map<number, MessagePart> }>();
  for (const [key, value] of Object.entries(attributes)) {
    const match = /^\.(\d{1,6})\.message\.(.+)$/.exec(key.startsWith(prefix) ? key.slice(prefix.length) : "");
    if (match === null) continue;
    const at = Number(match[1]);
    const own = found.get(at) ?? { role, content: "", calls: new Map<number, MessagePart>() };
    found.set(at, own);
    const field = match[2] ?? "";
    const call = /^tool_calls\.(\d{1,6})\.tool_call\.function\.(name|arguments)$/.exec(field);
    if (field === "role") own.role = asText(value);
    else if (field === "content" || /^contents\.\d+\.message_content\.text$/.test(field)) own.content += asText(value);
    else if (call !== null) {
      const part = own.calls.get(Number(call[1])) ?? { type: "tool_call", id: "", name: "tool" };
      if (call[2] === "name") part.name = asText(value);
      else part.arguments = parseArguments(value);
      own.calls.set(Number(call[1]), part);
    }
  }
  if (found.size === 0) return text === "" ? [] : [textMessage(role, text)];
  return [...found]
    .sort(([left], [right]) => left - right)
    .map(([, own]) => {
      const said = own.content === "" ? [] : [{ type: "text", content: own.content }];
      return { role: own.role, parts: [...said, ...own.calls.values()] };
    });
}

/** What the first agent was given. */
function taskOf(trace: Record<string, unknown>): string {
  const waiting = asObjects(trace["spans"]);
  for (let span = waiting.shift(); span !== undefined; span = waiting.shift()) {
    const attributes = asObject(span["span_attributes"]) ?? {};
    const given = asText(attributes["input.value"]);
    if (attributes["openinference.span.kind"] === "AGENT" && given !== "") {
      const task = asObject(parseArguments(given))?.["task"];
      return typeof task === "string" ? task : given;
    }
    waiting.push(...asObjects(span["child_spans"]));
  }
  return "";
}

/** A span id as OpenTelemetry writes it; others become a hash, the same everywhere. */
function importedId(id: string): string {
  const lower = id.trim().toLowerCase();
  return /^[0-9a-f]{16}$/.test(lower) ? lower : createHash("sha256").update(`trail\n${id}`).digest("hex").slice(0, 16);
}

/** Nanoseconds since 1970 of an ISO time, its fraction kept; 0 for anything else. */
function nanos(time: string): bigint {
  const ms = Date.parse(time);
  if (!Number.isFinite(ms) || ms < 0) return 0n;
  const fraction = /\.(\d{1,9})/.exec(time)?.[1] ?? "";
  return BigInt(Math.floor(ms / 1000)) * 1_000_000_000n + BigInt(fraction.padEnd(9, "0"));
}

/** Nanoseconds of an ISO duration of hours, minutes and seconds, such as `PT1M2.5S`. */
function durationNanos(duration: string): bigint {
  const match = /^PT(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,9}(?:\.\d{1,9})?)S)?$/.exec(duration);
  if (match === null) return 0n;
  const seconds = Number(match[1] ?? 0) * 3600 + Number(match[2] ?? 0) * 60 + Number(match[3] ?? 0);
  return BigInt(Math.round(seconds * 1e6)) * 1000n;
}
