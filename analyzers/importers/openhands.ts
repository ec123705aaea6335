import { join } from "node:path";
import type { FolderFormat, ImportFormat, Malformed, ParsedRun, SourceFile } from "./format.ts";
import { asObject, asObjects, asText } from "./json-shape.ts";
import { isOpenHandsEvent, type OpenHandsRun, readOpenHandsEvents } from "./openhands-events.ts";
import type { SourceEntry, SourceSystem } from "./sources/source-system.ts";
import { isTerminalBenchResult, trialVerdict, verdictFields } from "./trial-verdict.ts";

/**
 * OpenHands in one file: a saved trajectory or flat session (a list of events, or an object that holds it), or a line of
 * an evaluation's `output.jsonl` (`instruction`, `history`, `metrics`, `test_result`). Histories of before 2025 are
 * pairs of action and observation.
 */
export const openhands: ImportFormat = {
  name: "openhands",
  description: "OpenHands events in one file: trajectories, flat sessions, output.jsonl of evaluations",
  detect: (file) => eventsOf(documentOf(file)).length > 0,
  parse(file) {
    const document = documentOf(file);
    const run = readOpenHandsEvents(eventsOf(document));
    return asRun(run, asObject(document) ?? {});
  },
};

/** Events one a line are one session; lines that hold histories are runs of their own. */
function documentOf(file: SourceFile): unknown {
  return file.records?.slice(0, 5).every(isOpenHandsEvent) ? file.records : file.json;
}

function eventsOf(document: unknown): Record<string, unknown>[] {
  const held = asObject(document);
  const list = Array.isArray(document) ? document : (held?.["history"] ?? held?.["trajectory"] ?? held?.["events"]);
  if (!Array.isArray(list) || list.length === 0) return [];
  // Pairs of before 2025 carry neither ids nor causes: their place is both.
  const flat = list.flatMap((entry, at) => (Array.isArray(entry) ? paired(entry, at) : [entry]));
  const events = asObjects(flat);
  return events.length > 0 && events.filter(isOpenHandsEvent).length >= events.length / 2 && isOpenHandsEvent(events[0])
    ? events
    : [];
}

function paired([action, observation]: unknown[], at: number): unknown[] {
  const [did, saw] = [asObject(action), asObject(observation)];
  return [
    ...(did === undefined ? [] : [{ source: "agent", ...did, id: at * 2 }]),
    ...(saw === undefined ? [] : [{ source: "environment", ...saw, id: at * 2 + 1, cause: at * 2 }]),
  ];
}

function asRun(run: OpenHandsRun, record: Record<string, unknown>): ParsedRun | Malformed {
  if (run.steps.length === 0 && run.task === "") return { malformed: "its events hold no step." };
  const metrics = asObject(record["metrics"]);
  const cost = Number(metrics?.["accumulated_cost"] ?? 0) || run.cost_usd;
  const error = asText(record["error"]);
  const result = asObject(record["test_result"]) ?? {};
  const report = asObject(record["report"]) ?? asObject(result["report"]) ?? result;
  const resolved = report["resolved"] ?? record["resolved"];
  const exit = error !== "" ? `error: ${error.split("\n", 1)[0]?.slice(0, 200)}` : run.exit_status;
  const instance = asObject(record["instance"]) ?? {};
  return {
    subset: "",
    task: asText(record["instruction"]) || run.task,
    task_id: asText(record["instance_id"]),
    ground_truth: "",
    outcome: typeof resolved === "boolean" ? (resolved ? "success" : "failure") : error !== "" ? "failure" : "unknown",
    steps: run.steps,
    system_prompts: run.system_prompts,
    label: null,
    also_read: [
      ...(run.also_read ?? []),
      run.task,
      asText(result["git_patch"]),
      asText(instance["problem_statement"]),
      asText(record["metadata"]),
    ],
    ...(exit === "" ? {} : { exit_status: exit }),
    ...(cost > 0 ? { cost_usd: cost } : {}),
    warnings: run.steps.some(({ role }) => role === "agent") ? [] : ["The run is empty: the agent took no step."],
  };
}

const EVENT_FILE = /^\d+\.json$/;
const CACHE_FILE = /^\d+-\d+\.json$/;

/**
 * OpenHands as it stores sessions: a folder with `events/N.json`, one event a file, or with `event_cache/A-B.json`, pages
 * of them; both are one run, and where both are there the single files count and the pages fill what is missing.
 */
export const openhandsSession: FolderFormat = {
  name: "openhands",
  description: "OpenHands sessions: a folder with events/N.json or event_cache/A-B.json",
  async read(folder, entries, sources) {
    const single = await numbered(folder, "events", EVENT_FILE, entries, sources);
    const pages = await numbered(folder, "event_cache", CACHE_FILE, entries, sources);
    if (single.length === 0 && pages.length === 0) return undefined;
    const files = [...single, ...pages];
    const events = new Map<string, Record<string, unknown>>();
    for (const file of [...pages, ...single]) {
      const held = Array.isArray(file.json) ? file.json : (asObject(file.json)?.["events"] ?? [file.json]);
      for (const event of asObjects(held)) if (isOpenHandsEvent(event)) events.set(asText(event["id"]), event);
    }
    if (events.size === 0) return undefined;
    const run = asRun(readOpenHandsEvents([...events.values()]), {});
    const verdicts = await verdictAround(folder, sources);
    const verdict = trialVerdict(verdicts);
    const known =
      "malformed" in run
        ? run
        : {
            ...run,
            identity: JSON.stringify([...events.values()]),
            ...verdictFields(verdict, run),
            ...ending(run, verdict.exit_status),
          };
    const broken = files.length - files.filter(({ json }) => json !== undefined).length;
    if (!("malformed" in known) && broken > 0)
      known.warnings = [...known.warnings, `${broken} of its event files are no JSON and were left out.`];
    const taken = ["events", "event_cache"]
      .filter((name) => entries.some((entry) => entry.name === name))
      .map((name) => join(folder, name));
    return { runs: [known], read: [...files, ...verdicts], files: [...taken, ...verdicts.map(({ path }) => path)] };
  },
};

function ending(run: ParsedRun, told: string | undefined): Pick<ParsedRun, "exit_status"> {
  const exit = told ?? run.exit_status;
  return exit === undefined ? {} : { exit_status: exit };
}

async function numbered(
  folder: string,
  name: string,
  pattern: RegExp,
  entries: readonly SourceEntry[],
  sources: SourceSystem,
): Promise<SourceFile[]> {
  if (!entries.some((entry) => entry.name === name && entry.kind === "folder")) return [];
  const listed = ((await sources.list(join(folder, name))) ?? []).filter(
    (entry) => entry.kind === "file" && pattern.test(entry.name),
  );
  const files: SourceFile[] = [];
  for (const entry of listed) {
    const opened = await sources.open(join(folder, name, entry.name));
    if (opened.kind === "file") files.push(opened.file);
  }
  return files;
}

/** terminal-bench keeps its results up to three folders above `sessions/sessions/<id>`. */
async function verdictAround(folder: string, sources: SourceSystem): Promise<SourceFile[]> {
  for (const up of ["", "..", "../..", "../../.."]) {
    const file = await sources.file(join(folder, up, "results.json"));
    if (file !== undefined && isTerminalBenchResult(file.json)) return [file];
  }
  return [];
}
