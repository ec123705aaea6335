import { OUTCOMES, type RouteInput, RUN_STATUSES, runFilterSchema } from "@culprit/schemas";
import { type Command, InvalidArgumentError, Option } from "commander";
import { parseDuration } from "./arguments.ts";

/** What {@link withFilterFlags} adds, as commander hands it over. */
export interface FilterFlags {
  outcome?: (typeof OUTCOMES)[number];
  status?: (typeof RUN_STATUSES)[number];
  blamedAgent?: string;
  step?: { from: number; to: number };
  strategy?: string;
  confidence?: { from: number; to: number };
  agent?: string;
  source?: string;
  group?: string;
  service?: string;
  model?: string;
  tool?: string;
  text?: string;
  attribute?: string;
  since: string;
  from?: string;
  to?: string;
  replays?: boolean;
}

/** The one filter of runs, as flags. */
export function withFilterFlags(command: Command): Command {
  return command
    .addOption(new Option("--outcome <outcome>", "only runs that ended so").choices([...OUTCOMES]))
    .addOption(new Option("--status <status>", "how firmly the blame is known").choices([...RUN_STATUSES]))
    .option("--blamed-agent <agent>", "only runs blamed on this agent")
    .option("--step <t|from-to>", "only runs blamed at this step, or in this range, counted from 0", parseSteps)
    .option("--strategy <name>", "only runs that this strategy blamed")
    .option("--confidence <from-to>", "confidence of a prediction, such as 0.5-1", parseConfidence)
    .option("--agent <agent>", "only runs in which this agent acts")
    .option("--source <source>", "only runs imported from there")
    .option("--group <id>", "only runs of this failure group")
    .option("--service <name>", "only runs with a span of this service")
    .option("--model <model>", "only runs that called this model")
    .option("--tool <tool>", "only runs that executed this tool")
    .option("--text <words>", "only runs with a message that holds all these words")
    .option("--attribute <key=value>", "only runs with a span that has this attribute", parseAttribute)
    .option("--since <duration>", "how far back, such as 24h or 7d", parseDuration, "30d")
    .option("--from <time>", "only runs that started at or after this time", parseTime)
    .option("--to <time>", "only runs that started before this time", parseTime)
    .option("--replays", "include the runs that replay another one");
}

/** The flags as the API takes them. */
export function filterOf(flags: FilterFlags): Omit<RouteInput<"listTraces">, "limit" | "cursor" | "texts" | "body"> {
  return {
    outcome: flags.outcome,
    status: flags.status,
    blamed_agent: flags.blamedAgent,
    step_from: flags.step?.from,
    step_to: flags.step?.to,
    strategy: flags.strategy,
    min_confidence: flags.confidence?.from,
    max_confidence: flags.confidence?.to,
    agent: flags.agent,
    source: flags.source,
    group: flags.group,
    service: flags.service,
    model: flags.model,
    tool: flags.tool,
    text: flags.text,
    attribute: flags.attribute,
    since: flags.since,
    from: flags.from,
    to: flags.to,
    replays: flags.replays ? "include" : "exclude",
  };
}

function parseSteps(text: string): { from: number; to: number } {
  const [, from = "", to = from] = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(text) ?? [];
  if (from === "") throw new InvalidArgumentError("Write a step, such as 3, or a range, such as 0-5.");
  return { from: Number(from), to: Number(to) };
}

function parseConfidence(text: string): { from: number; to: number } {
  const [, from = "", to = "1"] = /^([\d.]+)(?:-([\d.]+))?$/.exec(text) ?? [];
  const range = { from: Number(from), to: Number(to) };
  const inRange = (value: number) => value >= 0 && value <= 1;
  if (from === "" || !inRange(range.from) || !inRange(range.to)) {
    throw new InvalidArgumentError("Write what it is at least, such as 0.5, or a range, such as 0.5-0.9.");
  }
  return range;
}

function parseAttribute(text: string): string {
  if (!runFilterSchema.shape.attribute.safeParse(text).success) throw new InvalidArgumentError("Write key=value.");
  return text;
}

function parseTime(text: string): string {
  const time = Date.parse(text);
  if (Number.isNaN(time)) throw new InvalidArgumentError("Write a time, such as 2026-11-20 or 2026-11-20T10:00:00Z.");
  return new Date(time).toISOString();
}
