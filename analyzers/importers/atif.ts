import { dirname, join } from "node:path";
import type { ImportFormat, Malformed, ParsedRun, ParsedStep, SourceFile } from "./format.ts";
import { asObject, asObjects, asText, messageContent, parseArguments } from "./json-shape.ts";
import { parseTime } from "./run-times.ts";
import { claudeEnding } from "./tool-result.ts";
import { isVerdictFile, trialPaths, trialVerdict, usageOf, verdictFields } from "./trial-verdict.ts";

/** Trajectories inside trajectories that are opened. */
const DEEPEST = 8;

/**
 * ATIF, the Agent Trajectory Interchange Format (harborframework.com/docs/trajectory-format), 1.0 to 1.7: one step a
 * turn with its tool calls, each result under the call's id. Sub-agents, embedded (`subagent_trajectories`) or in files
 * of their own (`trajectory_path`), act where they were called, under their own names. The verdict is the verifier's.
 */
export const atif: ImportFormat = {
  name: "atif",
  description: "ATIF-v1.x trajectories (Harbor): schema_version, agent, steps; the verifier's reward beside them",
  detect: (file) => isAtif(file.json),
  besidePaths: (file) => [...partPaths(file), ...trialPaths(file.path)],
  isBeside: (file) => isVerdictFile(file) || isAtif(file.json),
  parse: (file, _, beside) => parseDocument(file, beside),
};

function isAtif(value: unknown): value is Record<string, unknown> {
  const document = asObject(value);
  return (
    document !== undefined &&
    /^ATIF-v1(\.|$)/.test(asText(document["schema_version"])) &&
    Array.isArray(document["steps"])
  );
}

/** Files that the trajectory says it goes on in. */
function partPaths(file: SourceFile): string[] {
  const paths: string[] = [];
  const take = (value: unknown) => {
    // A path inside the archive, never one of the machine that wrote it.
    if (typeof value === "string" && value !== "" && !/^([/~]|[a-z]+:)/i.test(value))
      paths.push(join(dirname(file.path), value));
  };
  const document = asObject(file.json) ?? {};
  take(document["continued_trajectory_ref"]);
  for (const step of asObjects(document["steps"])) for (const ref of refsOf(step)) take(ref["trajectory_path"]);
  return paths;
}

function refsOf(step: Record<string, unknown>): Record<string, unknown>[] {
  return asObjects(asObject(step["observation"])?.["results"]).flatMap((result) => refsIn(result));
}

function refsIn(result: Record<string, unknown>): Record<string, unknown>[] {
  const refs = result["subagent_trajectory_ref"];
  return Array.isArray(refs) ? asObjects(refs) : asObjects([refs]);
}

function parseDocument(file: SourceFile, beside: ReadonlyMap<string, SourceFile>): ParsedRun | Malformed {
  const document = asObject(file.json) ?? {};
  const reader = new AtifReader(file.path, beside);
  const name = asText(asObject(document["agent"])?.["name"]) || "agent";
  reader.read(document, name, 0);
  const { steps, task, system } = reader;
  const verdict = trialVerdict(beside.values());
  const cost = asObject(document["final_metrics"])?.["total_cost_usd"];
  const definitions = asObject(document["agent"])?.["tool_definitions"];
  return {
    subset: "",
    ground_truth: "",
    ...verdictFields(verdict, { task, task_id: "" }),
    ...(typeof cost === "number" && cost > 0 ? { cost_usd: cost } : {}),
    steps,
    system_prompts: new Map(system === "" ? [] : [[name, system]]),
    label: null,
    also_read: [asText(document["notes"]), ...reader.also, ...(definitions === undefined ? [] : [asText(definitions)])],
    warnings: steps.length === 0 ? ["The run is empty: the agent took no step."] : reader.warnings,
  };
}

class AtifReader {
  readonly steps: ParsedStep[] = [];
  readonly warnings: string[] = [];
  readonly also: string[] = [];
  task = "";
  system = "";
  readonly #path: string;
  readonly #beside: ReadonlyMap<string, SourceFile>;
  readonly #opened = new Set<unknown>();

  constructor(path: string, beside: ReadonlyMap<string, SourceFile>) {
    this.#path = path;
    this.#beside = beside;
  }

  /** Adds the steps of a trajectory, those of its sub-agents where they were called. */
  read(document: Record<string, unknown>, agent: string, depth: number): void {
    if (depth > DEEPEST || this.#opened.has(document)) {
      this.warnings.push("Sub-agents inside sub-agents were left out from a depth on.");
      return;
    }
    this.#opened.add(document);
    const embedded = asObjects(document["subagent_trajectories"]);
    const called = new Set<unknown>();
    for (const step of asObjects(document["steps"])) {
      // A step that was copied in from another trajectory was taken there.
      if (step["is_copied_context"] === true) continue;
      this.#step(step, document, agent, depth);
      for (const ref of refsOf(step)) {
        const sub = this.#resolve(ref, embedded);
        if (sub === undefined)
          this.warnings.push(
            `A sub-agent's trajectory is not here: ${asText(ref["trajectory_path"] ?? ref["trajectory_id"] ?? ref["session_id"])}.`,
          );
        else if (!called.has(sub)) {
          called.add(sub);
          this.read(sub, subAgentName(sub, agent), depth + 1);
        }
      }
    }
    for (const sub of embedded) if (!called.has(sub)) this.read(sub, subAgentName(sub, agent), depth + 1);
    const next = asText(document["continued_trajectory_ref"]);
    const continued = next === "" ? undefined : this.#beside.get(join(dirname(this.#path), next));
    if (isAtif(continued?.json)) this.read(continued.json, agent, depth + 1);
  }

  #resolve(
    ref: Record<string, unknown>,
    embedded: readonly Record<string, unknown>[],
  ): Record<string, unknown> | undefined {
    const id = asText(ref["trajectory_id"]);
    const session = asText(ref["session_id"]);
    const inside = embedded.find((sub) =>
      id !== "" ? sub["trajectory_id"] === id : session !== "" && sub["session_id"] === session,
    );
    if (inside !== undefined) return inside;
    const path = asText(ref["trajectory_path"]);
    const file = path === "" ? undefined : this.#beside.get(join(dirname(this.#path), path));
    return isAtif(file?.json) ? file.json : undefined;
  }

  #step(step: Record<string, unknown>, document: Record<string, unknown>, agent: string, depth: number): void {
    const source = asText(step["source"]);
    const message = messageContent(step["message"]);
    const at_ms = parseTime(step["timestamp"]);
    const at = at_ms === undefined ? {} : { at_ms };
    const first = this.steps.length === 0 && depth === 0;
    if (source === "system" && first) this.system = this.system === "" ? message : `${this.system}\n\n${message}`;
    else if (source === "user" && first && this.task === "") this.task = message;
    else if (source === "user")
      this.steps.push({
        role: "user",
        agent: depth === 0 ? "user" : "caller",
        speaker: "user",
        content: message,
        ...at,
      });
    else if (source === "system") {
      if (message !== "")
        this.steps.push({ role: "environment", agent: "system", speaker: "system", content: message, ...at });
    } else this.#turn(step, document, { agent, message, at_ms });
    this.#results(step, at_ms);
  }

  #turn(
    step: Record<string, unknown>,
    document: Record<string, unknown>,
    { agent, message, at_ms }: { agent: string; message: string; at_ms: number | undefined },
  ): void {
    const calls = asObjects(step["tool_calls"]).map((call, place) => ({
      id: asText(call["tool_call_id"]) || `${asText(step["step_id"])}.${place}`,
      name: asText(call["function_name"]) || "tool",
      arguments: parseArguments(call["arguments"]),
    }));
    const reasoning = asText(step["reasoning_content"]);
    const metrics = asObject(step["metrics"]);
    const model = asText(step["model_name"]) || asText(asObject(document["agent"])?.["model_name"]);
    // Converters write a sentence where the agent said nothing; the call says it already.
    const filler = /^Executed \S+ \S+$/.test(message) && calls.length > 0;
    if (filler) this.also.push(message);
    if (message === "" && calls.length === 0 && reasoning === "") {
      this.#silent(metrics);
      return;
    }
    this.steps.push({
      role: "agent",
      agent,
      speaker: agent,
      content: filler ? "" : message,
      tool_calls: calls,
      ...(reasoning === "" ? {} : { reasoning }),
      ...(model === "" ? {} : { model }),
      ...usageOf(metrics),
      ...(at_ms === undefined ? {} : { at_ms }),
    });
  }

  /** A turn of which nothing was written down is no step; what it cost is the one's before it. */
  #silent(metrics: Record<string, unknown> | undefined): void {
    const last = this.steps.findLast(({ role }) => role === "agent");
    const { input_tokens = 0, output_tokens = 0 } = usageOf(metrics);
    if (last === undefined) return;
    last.input_tokens = (last.input_tokens ?? 0) + input_tokens;
    last.output_tokens = (last.output_tokens ?? 0) + output_tokens;
  }

  #results(step: Record<string, unknown>, at_ms: number | undefined): void {
    const extra = asObject(step["extra"]) ?? {};
    const calls = asObjects(step["tool_calls"]);
    for (const result of asObjects(asObject(step["observation"])?.["results"])) {
      const content = messageContent(result["content"]);
      const id = asText(result["source_call_id"]);
      if (content === "" && refsIn(result).length > 0) continue;
      const tool =
        asText(calls.find((call) => call["tool_call_id"] === id)?.["function_name"]) ||
        asText(calls[0]?.["function_name"]) ||
        "environment";
      const details = asObject(extra["tool_result_metadata"] ?? extra["metadata"]);
      this.also.push(asText(details));
      const ending = claudeEnding(tool, content, extra["tool_result_is_error"], details?.["tool_use_result"]);
      this.steps.push({
        role: "environment",
        agent: tool,
        speaker: tool,
        content,
        ...(id === "" ? {} : { call_id: id }),
        ...ending,
        ...(at_ms === undefined ? {} : { at_ms }),
      });
    }
  }
}

function subAgentName(sub: Record<string, unknown>, parent: string): string {
  const own = asObject(sub["agent"]) ?? {};
  const name = asText(own["name"]);
  const nick = asText(asObject(own["extra"])?.["name"]);
  if (nick !== "") return nick;
  return name === "" || name === parent ? `${parent}/sub-agent` : name;
}
