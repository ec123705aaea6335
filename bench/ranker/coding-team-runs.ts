import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { buildTrajectory } from "@culprit/analyzers";
import { decodeTracesJson, readSpan } from "@culprit/collector";
import { runTeam, seededTruth, startScriptedEndpoint, TASKS } from "@culprit/examples";
import { startTracing } from "@culprit/instrumentation";
import type { Span, Step } from "@culprit/schemas";

/** A failed run of the coding team in the shape of Who&When, labelled with the seeded truth. */
interface WrittenRun {
  is_correct: false;
  question: string;
  question_ID: string;
  ground_truth: string;
  history: { content: string; role: string; name: string }[];
  mistake_agent: string;
  mistake_step: string;
  mistake_reason: string;
}

/**
 * Runs the example coding team against its scripted endpoint and writes every failed run, one JSON file a run. The
 * files hold neither times nor ids, so the same seeds make the same bytes.
 *
 * @returns how many files were written
 */
export async function writeCodingTeamRuns(directory: string, seeds: readonly number[]): Promise<number> {
  mkdirSync(directory, { recursive: true });
  const recorder = await startRecorder();
  let written = 0;
  try {
    for (const seed of seeds) {
      const endpoint = await startScriptedEndpoint({ seed });
      try {
        for (const task of TASKS) {
          const truth = seededTruth(task, seed);
          if (truth.decisive === null) continue;
          const { traceId } = await runTeam({ task, baseURL: endpoint.baseURL });
          const { task: question, steps } = buildTrajectory(await recorder.spans(traceId));
          const run: WrittenRun = {
            is_correct: false,
            question,
            question_ID: task.id,
            ground_truth: "",
            history: steps.map((step) => ({ content: contentOf(step), role: "assistant", name: nameOf(step) })),
            mistake_agent: truth.decisive.agent,
            mistake_step: String(truth.decisive.step),
            mistake_reason: truth.storyline,
          };
          const name = `${task.functionName}-seed-${seed}.json`;
          writeFileSync(join(directory, name), `${JSON.stringify(run, null, 1)}\n`);
          written++;
        }
      } finally {
        await endpoint.close();
      }
    }
  } finally {
    await recorder.close();
  }
  return written;
}

/** Who&When's name for what is no agent, so that its importer gives the step its role back. */
function nameOf(step: Step): string {
  return step.role === "environment" ? "Computer_terminal" : step.agent;
}

function contentOf({ content }: Step): string {
  return content;
}

/** The SDK's real exporter over loopback HTTP, read as the collector reads it, kept in memory. */
async function startRecorder() {
  const traces = new Map<string, Span[]>();
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on("data", (piece: Buffer) => pieces.push(piece));
    request.on("end", () => {
      for (const raw of decodeTracesJson(Buffer.concat(pieces).toString("utf8")).spans) {
        const spans = traces.get(raw.trace_id) ?? [];
        traces.set(raw.trace_id, [...spans, { ...raw, project: "default", reading: readSpan(raw) }]);
      }
      response.setHeader("content-type", "application/json").end("{}");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const tracing = startTracing({ url: `http://127.0.0.1:${port}`, exitHooks: false });
  return {
    async spans(traceId: string): Promise<Span[]> {
      await tracing.flush();
      const spans = traces.get(traceId) ?? [];
      traces.delete(traceId);
      return spans;
    },
    async close(): Promise<void> {
      await tracing.shutdown();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}
