/**
 * Attribute keys on the wire.
 *
 * `GEN_AI` follows the OpenTelemetry GenAI semantic conventions (Development status, so the strings live here
 * and not in a dependency); `CULPRIT` is our own namespace for what the conventions have no word for.
 */
export const GEN_AI = {
  operationName: "gen_ai.operation.name",
  providerName: "gen_ai.provider.name",
  agentName: "gen_ai.agent.name",
  agentDescription: "gen_ai.agent.description",
  conversationId: "gen_ai.conversation.id",
  workflowName: "gen_ai.workflow.name",
  requestModel: "gen_ai.request.model",
  requestTemperature: "gen_ai.request.temperature",
  requestMaxTokens: "gen_ai.request.max_tokens",
  requestTopP: "gen_ai.request.top_p",
  requestSeed: "gen_ai.request.seed",
  requestStopSequences: "gen_ai.request.stop_sequences",
  requestStream: "gen_ai.request.stream",
  responseModel: "gen_ai.response.model",
  responseId: "gen_ai.response.id",
  responseFinishReasons: "gen_ai.response.finish_reasons",
  usageInputTokens: "gen_ai.usage.input_tokens",
  usageOutputTokens: "gen_ai.usage.output_tokens",
  usageCacheReadInputTokens: "gen_ai.usage.cache_read.input_tokens",
  usageReasoningOutputTokens: "gen_ai.usage.reasoning.output_tokens",
  responseTimeToFirstChunk: "gen_ai.response.time_to_first_chunk",
  systemInstructions: "gen_ai.system_instructions",
  inputMessages: "gen_ai.input.messages",
  outputMessages: "gen_ai.output.messages",
  toolDefinitions: "gen_ai.tool.definitions",
  toolName: "gen_ai.tool.name",
  toolType: "gen_ai.tool.type",
  toolCallId: "gen_ai.tool.call.id",
  toolCallArguments: "gen_ai.tool.call.arguments",
  toolCallResult: "gen_ai.tool.call.result",
  evaluationName: "gen_ai.evaluation.name",
  evaluationScoreValue: "gen_ai.evaluation.score.value",
  evaluationScoreLabel: "gen_ai.evaluation.score.label",
  evaluationExplanation: "gen_ai.evaluation.explanation",
  /** Event name: what a model call was given and what it answered, where content is kept off the span. */
  operationDetailsEvent: "gen_ai.client.inference.operation.details",
  /** Event name, not an attribute: an evaluation verdict on a span. */
  evaluationResultEvent: "gen_ai.evaluation.result",
} as const;

/** Values of `gen_ai.operation.name` that Culprit gives a meaning to; others pass through. */
export const OPERATIONS = [
  "invoke_workflow",
  "invoke_agent",
  "create_agent",
  "plan",
  "chat",
  "generate_content",
  "text_completion",
  "embeddings",
  "retrieval",
  "execute_tool",
] as const;

export const CULPRIT = {
  /** The task of a run, on its root span. */
  task: "culprit.task",
  /** Stable id of the task, shared by every run of it; splits go by it. */
  taskId: "culprit.task.id",
  /** The known right answer. Never shown to an attributor unless it asks for the ground-truth setting. */
  taskGroundTruth: "culprit.task.ground_truth",
  /** `success` or `failure`, on the root span. */
  outcome: "culprit.outcome",
  outcomeScore: "culprit.outcome.score",
  outcomeFeedback: "culprit.outcome.feedback",
  /** Who said so: `reported`, `evaluator` or `rule`. */
  outcomeBy: "culprit.outcome.by",
  /** Overrides the derived role of a step: `agent`, `environment` or `user`. */
  stepRole: "culprit.step.role",
  /** Overrides the derived order: the 0-based index the source gave this step. */
  stepIndex: "culprit.step.index",
  /** Free text for the person reading; what a plain `agent()` was given and returned. */
  input: "culprit.input",
  output: "culprit.output",
  /** Set on every span of a replayed run. */
  replayId: "culprit.replay.id",
  replayOf: "culprit.replay.of",
  /** `recorded`, `intervention` or `live`: how a replayed step was answered. */
  replaySource: "culprit.replay.source",
  /**
   * On the record of a step that has begun: a zero-length span, child of the step's own, that leaves the process while
   * the step still runs. Its one link names the step's parent; a step without a parent has none.
   */
  started: "culprit.started",
  /** A step in which one agent hands over to another, and to whom. */
  handoffFrom: "culprit.handoff.from",
  handoffTo: "culprit.handoff.to",
  /** On the root of each round of a self-correction loop: which loop, and which round of it (0-based). */
  loopId: "culprit.loop.id",
  loopRound: "culprit.loop.round",
  /** On the root of a run that was sampled: the share of runs kept, failed ones aside, and how many were left out before. */
  samplingRate: "culprit.sampling.rate",
  samplingLeftOut: "culprit.sampling.runs_left_out",
  /**
   * Where a step was seen by who was not in the process: `gateway`, a model call that passed it; `conversation`, a tool's
   * answer among the messages of a later call. A span of the process itself counts before it.
   */
  seenFrom: "culprit.seen_from",
  /** What the agent of a call may be called, where none of the spans around it knows. */
  agentGuess: "culprit.agent.guess",
  /** The form a call asked its answer to have, as sent. */
  responseFormat: "culprit.request.response_format",
  /** How often a client had sent this very request before, by its own account. */
  retry: "culprit.retry",
  /** Where an imported run came from (`who-and-when`, …). */
  source: "culprit.source",
  /** How the process that a tool ran ended: an integer, 0 for success, on the tool's span. */
  exitCode: "culprit.exit_code",
  /** How a run ended in the words of what ran it (`submitted`, `exit_cost`, …), on its root. */
  exitStatus: "culprit.exit_status",
  /** What a run cost in US dollars by its own account, on its root. */
  costUsd: "culprit.cost_usd",
  /** Set by the collector: how often each redaction rule struck in this span, by rule name. */
  redacted: "culprit.redacted",
} as const;

/** Roles a step can have; only `agent` steps can be blamed. */
export const STEP_ROLES = ["agent", "environment", "user"] as const;
