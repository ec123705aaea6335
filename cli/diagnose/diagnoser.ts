import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  agentKind,
  type BatchResult,
  createEndpoint,
  createMemory,
  type Diagnosis,
  diagnoseByRules,
  diagnoseWithModel,
  type Endpoint,
  learntWeights,
  type ModelDiagnosis,
  memoryLines,
  PROFILES,
  type ProfileName,
  replaceFile,
  stateFile,
  toOtlpJson,
  transcriptRun,
} from "@culprit/analyzers";
import { type Attribution, type Client, type Config, CulpritError, type Trajectory } from "@culprit/schemas";
import type { Source } from "./sources.ts";

/** Flags of a diagnosis. */
export interface DiagnoserFlags {
  profile: ProfileName;
  output: string;
  outcome?: "success" | "failure";
  /** A name, or true for the configured one; absent: rules. */
  model?: string | true;
  maxTurns?: number;
  maxTokens?: number;
  runCostLimit: number;
  costLimit?: number;
  memory: boolean;
  keep: boolean;
}

/** One diagnosis as it is shown and written. */
export interface Diagnosed {
  id: string;
  trace_id: string;
  path: string;
  file: string;
  diagnosis: Diagnosis;
  attribution: Attribution;
  document: unknown;
  result: BatchResult;
  /** The run that keeps the model's transcript; null without a model. */
  diagnosis_trace_id: string | null;
}

export interface Diagnoser {
  /** What a result depends on beside the run. */
  readonly key: string;
  /** The file of a run. */
  fileOf(id: string): string;
  diagnose(source: Source, signal?: AbortSignal): Promise<Diagnosed>;
}

/**
 * What `culprit diagnose` does with one run: rules, or a model with the rules behind it; memory before and after; the
 * profile's file; the transcript into the store.
 *
 * @param client where the transcripts of model diagnoses are kept
 * @throws CulpritError `usage` for --model without an endpoint, `config_invalid` for a cost limit without prices
 */
export function createDiagnoser(flags: DiagnoserFlags, config: Config, client: Client | undefined): Diagnoser {
  const endpoint = flags.model === undefined ? undefined : endpointOf(flags, config);
  const memory = flags.memory ? createMemory({ directory: `${config.data}-memory` }) : undefined;
  const key = [flags.profile, endpoint === undefined ? "rules" : `model ${endpoint.model}`].join(" ");
  const fileOf = (id: string) => join(flags.output, id, PROFILES[flags.profile].file);

  return {
    key,
    fileOf,
    async diagnose({ id, trace_id, path, trajectory: given, labels }, signal) {
      const began = performance.now();
      const trajectory = withOutcome(given, flags.outcome);
      const known = (await memory?.recall(agentKind(trajectory))) ?? [];
      const said =
        endpoint === undefined
          ? undefined
          : await diagnoseWithModel(trajectory, {
              endpoint,
              maxTurns: flags.maxTurns,
              maxTokens: flags.maxTokens,
              cost: pricesOf(config) === undefined ? undefined : flags.runCostLimit,
              memory: memoryLines(known),
              state: stateFile(join(flags.output, id, ".diagnosis-state.json")),
              signal,
            });
      const diagnosis = said?.diagnosis ?? diagnoseByRules(trajectory, { learnt: learntWeights(known) });
      const document = PROFILES[flags.profile].write(diagnosis);
      const file = fileOf(id);
      await replaceFile(file, `${JSON.stringify(document, null, 2)}\n`);
      await memory?.learn(trajectory, diagnosis, labels);
      const kept =
        said !== undefined && client !== undefined && flags.keep
          ? await keepTranscript(client, trajectory, said)
          : null;
      const result = resultOf(said, endpoint, flags);
      return {
        id,
        trace_id,
        path,
        file,
        diagnosis,
        attribution: attributionOf(trajectory, diagnosis, said, performance.now() - began),
        document,
        result,
        diagnosis_trace_id: kept,
      };
    },
  };
}

/** Whether a run's file is there. */
export function isWritten(diagnoser: Diagnoser, id: string): boolean {
  return existsSync(diagnoser.fileOf(id));
}

function endpointOf(flags: DiagnoserFlags, config: Config): Endpoint {
  if (config.tracer_url === undefined) {
    throw new CulpritError("usage", "--model needs an endpoint.", {
      mend: "Set CULPRIT_TRACER_URL, or leave --model out.",
    });
  }
  const prices = pricesOf(config);
  if (prices === undefined && flags.costLimit !== undefined) {
    throw new CulpritError("config_invalid", "A cost limit is set but no price.", {
      mend: "Set CULPRIT_TRACER_PRICE_INPUT_PER_MILLION and CULPRIT_TRACER_PRICE_OUTPUT_PER_MILLION.",
    });
  }
  const daily = [config.tracer_daily_cost_limit, flags.costLimit].filter((limit) => limit !== undefined);
  return createEndpoint({
    url: config.tracer_url,
    model: typeof flags.model === "string" ? flags.model : config.tracer_model,
    apiKey: config.tracer_api_key,
    timeoutMs: config.tracer_timeout_seconds * 1000,
    concurrency: config.tracer_concurrency,
    cost: { prices, ...(daily.length === 0 ? {} : { dayLimit: Math.min(...daily) }) },
  });
}

function pricesOf(config: Config): { input: number; output: number } | undefined {
  const input = config.tracer_price_input_per_million;
  const output = config.tracer_price_output_per_million;
  return input + output > 0 ? { input, output } : undefined;
}

function resultOf(
  said: ModelDiagnosis | undefined,
  endpoint: Endpoint | undefined,
  flags: DiagnoserFlags,
): BatchResult {
  const none = { input_tokens: 0, output_tokens: 0, cost: 0 };
  if (said === undefined) return { status: "diagnosed", code: "", reason: "", ...none };
  const { input_tokens, output_tokens, cost } = said;
  const spent = { input_tokens, output_tokens, cost };
  if (said.degraded === null) return { status: "diagnosed", code: "", reason: "", ...spent };
  const { cause, reason } = said.degraded;
  // This process's day is this batch.
  const spentAll =
    flags.costLimit !== undefined && (endpoint?.spentToday() ?? 0) > 0 && reason.startsWith("The cost limit of today");
  if (spentAll)
    return {
      status: "degraded",
      code: "cost_limit",
      reason: `The cost limit of ${flags.costLimit} for all runs is reached.`,
      ...spent,
    };
  return {
    status: "degraded",
    code: reason.startsWith("This run reached its cost limit") ? "run_cost_limit" : cause,
    reason,
    ...spent,
  };
}

function attributionOf(
  trajectory: Trajectory,
  diagnosis: Diagnosis,
  said: ModelDiagnosis | undefined,
  duration_ms: number,
): Attribution {
  const degraded = said !== undefined && said.degraded !== null && diagnosis.attribution.status === "attributed";
  return {
    project: trajectory.project,
    trace_id: trajectory.trace_id,
    strategy: said === undefined ? "rules" : "diagnosis",
    strategy_version: "1",
    cause: degraded ? (said.degraded?.cause ?? null) : null,
    answered_by: degraded ? "rules" : "",
    ...diagnosis.attribution,
    ...(degraded
      ? {
          status: "degraded" as const,
          reason: `${said.degraded?.reason ?? ""} The rules answered instead: ${diagnosis.attribution.reason}`,
        }
      : {}),
    duration_ms,
    created_at: new Date().toISOString(),
  };
}

function withOutcome(trajectory: Trajectory, outcome: DiagnoserFlags["outcome"]): Trajectory {
  if (outcome === undefined || trajectory.outcome.outcome !== "unknown") return trajectory;
  return { ...trajectory, outcome: { ...trajectory.outcome, outcome, by: "reported" } };
}

async function keepTranscript(client: Client, trajectory: Trajectory, said: ModelDiagnosis): Promise<string> {
  const { trace_id, spans } = transcriptRun(trajectory, said, Date.now());
  const response = await client.send("/v1/traces", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(toOtlpJson(spans)),
  });
  if (!response.ok) throw new CulpritError("transcript_refused", `The transcript was refused with ${response.status}.`);
  await response.arrayBuffer();
  return trace_id;
}
