import { CulpritError, type Deletion } from "@culprit/schemas";
import { Command } from "commander";
import { parseTraceId } from "../arguments.ts";
import type { Output } from "../output.ts";
import { withRunFlags } from "../run-flags.ts";
import { type RunFlags, withSession } from "../session.ts";

/** `culprit delete`: removes runs for good, with all that was derived from them. */
export function deleteCommand(): Command {
  return new Command("delete")
    .description("delete a run or a project for good")
    .addCommand(traceCommand())
    .addCommand(projectCommand());
}

function traceCommand(): Command {
  return withRunFlags(new Command("trace").description("a run, the runs that replay it, and all that is known of them"))
    .argument("<trace>", "trace id", parseTraceId)
    .action(async (traceId: string, flags: RunFlags) => {
      await withSession(flags, async ({ connection, output }) => {
        const deletion = await connection.client.call("deleteTrace", { trace_id: traceId });
        if (deletion.rows === 0) {
          throw new CulpritError("not_found", `There is no run ${traceId}.`, {
            mend: "List runs with `culprit traces`.",
          });
        }
        report(output, deletion);
      });
    });
}

function projectCommand(): Command {
  return withRunFlags(new Command("project").description("every run of a project; its keys are revoked"))
    .argument("<project>", "its name")
    .option("--yes", "really")
    .action(async (project: string, flags: RunFlags & { yes?: boolean }) => {
      if (flags.yes !== true) {
        throw new CulpritError(
          "usage",
          `This deletes every run of the project ${project}, and nothing brings them back.`,
          {
            mend: "Add --yes.",
          },
        );
      }
      await withSession(flags, async ({ connection, output }) => {
        report(output, await connection.client.call("deleteProject", { project }));
      });
    });
}

function report(output: Output, deletion: Deletion): void {
  output.result(deletion, () =>
    [
      `Deleted ${deletion.traces} ${deletion.traces === 1 ? "run" : "runs"} (${deletion.rows} rows).`,
      ...(deletion.finished ? [] : ["The store is still rewriting its files; ask again to see it finished."]),
    ].join("\n"),
  );
}
