import { type ImportedRun, importAll, importedTrajectory, toOtlpJson } from "@culprit/analyzers";
import { type Client, CulpritError } from "@culprit/schemas";
import { Command } from "commander";
import { withRunFlags } from "../run-flags.ts";
import { type RunFlags, withSession } from "../session.ts";

interface ImportFlags extends RunFlags {
  format?: string;
}

/** `culprit import PATH...`: foreign trajectories become spans, their labels annotations. */
export function importCommand(): Command {
  return withRunFlags(new Command("import").description("foreign trajectories become spans"))
    .argument("<path...>", "files or directories")
    .option("--format <format>", "do not detect the format")
    .action(async (paths: string[], flags: ImportFlags) => {
      await withSession(
        flags,
        async ({ connection, output }) => {
          // The files carry no times, so these runs start now and stand in today's lists.
          const found = await importAll(paths, {
            startMs: Date.now(),
            ...(flags.format === undefined ? {} : { format: flags.format }),
          });
          const sent: ImportedRun[] = [];
          for (const [index, run] of found.runs.entries()) {
            output.progress(`importing ${index + 1} of ${found.runs.length}`);
            if (await isStored(connection.client, run)) continue;
            await sendRun(connection.client, run);
            sent.push(run);
          }
          await connection.settle();
          output.progress("");
          const summary = {
            imported: sent.length,
            already_stored: found.runs.length - sent.length,
            spans: sent.reduce((total, run) => total + run.spans.length, 0),
            annotations: sent.reduce((total, run) => total + run.annotations.length, 0),
            skipped: found.skipped.filter(({ code }) => code !== "labels"),
          };
          output.result(summary, () => renderSummary(summary, connection.where));
          if (found.runs.length === 0) {
            throw new CulpritError("nothing_imported", "No trajectory was recognised.", {
              mend: "Check the path, or name the --format.",
            });
          }
        },
        { reads: false },
      );
    });
}

/** Whether every span and label of the run is there already, so that importing twice changes nothing. */
async function isStored(client: Client, run: ImportedRun): Promise<boolean> {
  try {
    const stored = await client.call("getTrace", { trace_id: run.trace_id });
    return (
      stored.steps.length === importedTrajectory(run).steps.length &&
      stored.annotations.length >= run.annotations.length
    );
  } catch (error) {
    if (error instanceof CulpritError && error.code === "not_found") return false;
    throw error;
  }
}

async function sendRun(client: Client, run: ImportedRun): Promise<void> {
  const response = await client.send("/v1/traces", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(toOtlpJson(run.spans)),
  });
  if (!response.ok) {
    throw new CulpritError(
      "import_refused",
      `${run.path} was refused with ${response.status}: ${await response.text()}`,
    );
  }
  const answer = (await response.json()) as {
    partialSuccess?: { rejectedSpans?: string | number; errorMessage?: string };
  };
  const rejected = Number(answer.partialSuccess?.rejectedSpans ?? 0);
  if (rejected > 0) {
    throw new CulpritError(
      "import_refused",
      `${rejected} spans of ${run.path} were refused: ${answer.partialSuccess?.errorMessage}`,
    );
  }
  for (const annotation of run.annotations) await client.call("annotate", { body: annotation });
}

function renderSummary(
  summary: {
    imported: number;
    already_stored: number;
    spans: number;
    annotations: number;
    skipped: { path: string; reason: string }[];
  },
  where: string,
): string {
  const lines = [
    `Imported ${summary.imported} runs (${summary.spans} spans, ${summary.annotations} labels) into ${where}.`,
    ...(summary.already_stored > 0 ? [`${summary.already_stored} were stored already.`] : []),
    ...summary.skipped.map((skip) => `skipped ${skip.path}: ${skip.reason}`),
  ];
  return lines.join("\n");
}
