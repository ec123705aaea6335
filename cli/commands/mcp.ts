import { serveMcpStdio } from "@culprit/collector";
import { Command } from "commander";
import { withRunFlags } from "../run-flags.ts";
import { type RunFlags, withSession } from "../session.ts";
import { untilSignal } from "../signals.ts";

/** `culprit mcp`: what a coding agent can ask, over stdin and stdout. */
export function mcpCommand(): Command {
  return withRunFlags(new Command("mcp").description("a Model Context Protocol server on stdin and stdout"))
    .option("--write", "also let it label blames, triage groups and comment")
    .action(async (flags: RunFlags & { write?: boolean }) => {
      await withSession(flags, async ({ connection }) => {
        const stopped = untilSignal();
        const left = new Promise<void>((resolve) => {
          process.stdin.once("end", resolve);
          process.stdin.once("close", resolve);
        });
        const close = await serveMcpStdio(connection.client, { write: flags.write === true });
        await Promise.race([stopped, left]);
        await close();
      });
    });
}
