/**
 * Runs the ledger team on its first requests against a running collector.
 *
 *   node examples/dist/ledger-team/main.js [HOW-MANY] [--from N]
 *
 * `CULPRIT_URL` names the collector (default http://localhost:4318). The models are scripted: no language model runs.
 */
import { parseArgs } from "node:util";
import { startTracing } from "@culprit/instrumentation";
import { startScriptedEndpoint } from "../scripted-endpoint/server.ts";
import { ledgerTask } from "./tasks.ts";
import { runLedgerTeam } from "./team.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { from: { type: "string", default: "1" } },
});
const [count, from] = [Number(positionals[0] ?? 12), Number(values.from)];
if (!Number.isSafeInteger(count) || count < 1 || !Number.isSafeInteger(from) || from < 1) {
  console.error("Say how many requests, such as 12, and with --from which is the first.");
  process.exit(2);
}
const collector = process.env["CULPRIT_URL"] ?? "http://localhost:4318";
const tracing = startTracing({ url: collector, serviceName: "ledger-team" });
const scripted = await startScriptedEndpoint();
say(`Scripted model endpoint at ${scripted.baseURL}: no language model runs here.`);

let failed = 0;
for (let number = from; number < from + count; number++) {
  const { traceId, answer, outcome } = await runLedgerTeam({ task: ledgerTask(number), baseURL: scripted.baseURL });
  if (!outcome.success) failed++;
  say(`${outcome.success ? "right" : "WRONG"}  ${traceId}  ${answer.split("\n").at(-1)}`);
}
await tracing.shutdown();
await scripted.close();
say(`${count} requests, ${failed} answered wrongly. They are at ${collector}.`);

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
