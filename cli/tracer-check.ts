import { type AnswerShape, answerShape, createEndpoint, listModels, type ServedModel } from "@culprit/analyzers";
import { type Config, CulpritError } from "@culprit/schemas";

/** Runs one check and keeps what came of it; undefined where it failed. */
export type Look = <Value>(
  check: string,
  work: () => Promise<{ value: Value; detail: string }>,
) => Promise<Value | undefined>;

type TracerConfig = Config & { tracer_url: string };

const QUESTION = {
  system: "You check that a connection works.",
  user: "Think for a moment, then answer with exactly: <answer>Tester|1</answer>",
};
/** Enough for a model that thinks about it. */
const ANSWER_TOKENS = 2_048;
const TIMEOUT_MS = 60_000;
/** Runs of Who&When's hand-crafted half take about this many tokens, thinking included. */
const ENOUGH_CONTEXT = 32_768;

/** What a shape means for whoever serves the model. */
const SHAPES: Record<AnswerShape, string> = {
  "tags in the content": "no reasoning parser: <think> comes in the content, which is understood",
  "closing tag in the content": "no reasoning parser, and the chat template opens <think>; understood",
  "reasoning field": "a reasoning parser is on; answers can be constrained (CULPRIT_TRACER_CONSTRAIN=true)",
  "no content": "everything came as reasoning, nothing as content",
  "no reasoning": "the model did not think, or does not show it; understood",
};

/** The endpoint, the model's name, its context length, and the shape its answers come in. */
export async function checkTracer(config: TracerConfig, look: Look): Promise<void> {
  const models = await look("tracer", () => reach(config));
  if (models === undefined) return;
  const model = models.length === 0 ? UNLISTED : await look("tracer model", () => find(config, models));
  if (model === undefined) return;
  await look("tracer context", () => contextOf(config, model));
  await look("tracer answer", () => answerOf(config));
}

/** Where the server lists none, only asking it tells. */
const UNLISTED: ServedModel = { id: "" };

/** @throws CulpritError `tracer_unreachable`, `tracer_model_missing` where it serves none; a server may list none */
export async function reach({
  tracer_url,
  tracer_api_key,
}: TracerConfig): Promise<{ value: ServedModel[]; detail: string }> {
  try {
    const models = await listModels({ url: tracer_url, apiKey: tracer_api_key });
    if (models.length === 0) throw new CulpritError("tracer_model_missing", `${tracer_url} serves no model.`);
    return { value: models, detail: `${tracer_url} serves ${models.map(({ id }) => id).join(", ")}` };
  } catch (cause) {
    if (cause instanceof CulpritError) throw cause;
    if (cause instanceof Error && /answers (?:404|405|501)$/.test(cause.message)) {
      return { value: [], detail: `${tracer_url} lists no models` };
    }
    const said = cause instanceof Error && cause.cause instanceof Error ? cause.cause.message : String(cause);
    throw new CulpritError("tracer_unreachable", `${tracer_url} does not answer (${said}).`, {
      mend: "Start the server, or correct its address and key (CULPRIT_TRACER_URL, CULPRIT_TRACER_API_KEY).",
      cause,
    });
  }
}

/** @throws CulpritError `tracer_model_missing` */
export async function find(
  config: TracerConfig,
  models: readonly ServedModel[],
): Promise<{ value: ServedModel; detail: string }> {
  const model = models.find(({ id }) => id === config.tracer_model);
  if (model !== undefined) return { value: model, detail: model.id };
  const names = models.map(({ id }) => id).join(", ");
  throw new CulpritError("tracer_model_missing", `It serves ${names}, not ${config.tracer_model}.`, {
    mend: "Name one of them (CULPRIT_TRACER_MODEL).",
  });
}

async function contextOf(
  config: TracerConfig,
  { contextLength }: ServedModel,
): Promise<{ value: number; detail: string }> {
  const { tokens, limit } = await createEndpoint({
    url: config.tracer_url,
    model: config.tracer_model,
    apiKey: config.tracer_api_key,
  }).measure(`${QUESTION.system}\n${QUESTION.user}`);
  const length = limit ?? contextLength ?? 0;
  const counting = tokens === undefined ? "no tokenizer, lengths are estimated" : "a tokenizer counts";
  if (length === 0) return { value: 0, detail: `not told by the server; ${counting}` };
  const advice =
    length < ENOUGH_CONTEXT ? `; long runs will be shortened, ${ENOUGH_CONTEXT} take nearly all whole` : "";
  return { value: length, detail: `${length} tokens; ${counting}${advice}` };
}

async function answerOf(config: TracerConfig): Promise<{ value: AnswerShape; detail: string }> {
  const endpoint = createEndpoint({
    url: config.tracer_url,
    model: config.tracer_model,
    apiKey: config.tracer_api_key,
    timeoutMs: Math.min(TIMEOUT_MS, config.tracer_timeout_seconds * 1000),
    maxRetries: 0,
  });
  const result = await endpoint.complete(QUESTION, { extra: { max_tokens: ANSWER_TOKENS } });
  if (!result.ok) {
    throw new CulpritError("tracer_no_answer", result.failure.reason, { mend: "The server's log says why." });
  }
  const { message, finish } = result.completion;
  const shape = answerShape(message);
  if (shape === "no content") {
    const cut = finish === "length" ? " It was cut off while thinking." : "";
    throw new CulpritError("tracer_answer_swallowed", `The answer has the shape “${shape}”: ${SHAPES[shape]}.${cut}`, {
      mend: "Match the server's --reasoning-parser to the model, or give it more tokens.",
    });
  }
  if (config.tracer_constrain && shape !== "reasoning field") {
    throw new CulpritError("tracer_constrain_unsafe", `Answers are constrained, but the shape is “${shape}”.`, {
      mend: "Serve with a reasoning parser, or unset CULPRIT_TRACER_CONSTRAIN: the model cannot think.",
    });
  }
  return { value: shape, detail: `shape “${shape}”: ${SHAPES[shape]}` };
}
