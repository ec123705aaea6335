import { CULPRIT, GEN_AI } from "@culprit/schemas";
import type { ContentSource } from "../dialects/dialect.ts";
import { DIALECTS, GENERIC } from "../dialects/tables.ts";

const TABLES = [...DIALECTS, GENERIC];

/** Attributes that hold messages, by the vendors' tables: their structure can be kept without their text. */
export const MESSAGE_KEYS: ReadonlySet<string> = new Set(
  TABLES.flatMap((table) => [...table.system, ...[...table.input, ...table.output].flatMap(messageKeys)]),
);

/** Where messages are spread over keys such as `PREFIX.0.role`. */
export const FLAT_PREFIXES: readonly string[] = TABLES.flatMap((table) => [...table.input, ...table.output]).flatMap(
  (source) => (source.kind === "flat" ? [`${source.prefix}.`] : []),
);

/** What says something about a message and is none of its text, as the end of a flattened key. */
export const FLAT_STRUCTURE = /\.(?:role|name|id|type|tool_call_id|finish_reason)$/;

const CONTENT_KEYS: ReadonlySet<string> = new Set([
  ...MESSAGE_KEYS,
  ...TABLES.flatMap(({ input, output, tool }) => [
    ...[...input, ...output].flatMap((source) =>
      source.kind === "text" ? [source.key] : source.kind === "answer" ? [...source.text, ...source.reasoning] : [],
    ),
    ...tool.arguments,
    ...tool.result,
  ]),
  GEN_AI.agentDescription,
  GEN_AI.toolDefinitions,
  GEN_AI.evaluationExplanation,
  CULPRIT.task,
  CULPRIT.taskGroundTruth,
  CULPRIT.outcomeFeedback,
  CULPRIT.input,
  CULPRIT.output,
]);

/** Attributes whose text is kept where content is not: who did what with which model, by the vendors' tables. */
export const STRUCTURAL_KEYS: ReadonlySet<string> = new Set(
  [
    ...Object.values(GEN_AI),
    ...Object.values(CULPRIT),
    ...TABLES.flatMap(({ operation, agent, model, conversation, tool }) => [
      ...operation.flatMap((rule) => ("key" in rule ? [rule.key] : [])),
      ...agent.keys,
      ...model,
      ...conversation,
      ...tool.name,
      ...tool.id,
    ]),
    "error.type",
    "exception.type",
    "gen_ai.system",
    "role",
    "id",
    "finish_reason",
  ].filter((key) => !CONTENT_KEYS.has(key)),
);

function messageKeys(source: ContentSource): string[] {
  if (source.kind === "messages" || source.kind === "event_messages") return [source.key];
  return source.kind === "answer" ? [...source.calls] : [];
}
