import { join } from "node:path";
import { startTracing } from "@culprit/instrumentation";
import { type AlertEvent, createClient } from "@culprit/schemas";
import { TASKS } from "../coding-team/tasks.ts";
import { startScriptedEndpoint } from "../scripted-endpoint/server.ts";
import { showBlame } from "./blame.ts";
import { culprit } from "./command.ts";
import { exportSets } from "./export.ts";
import { runLive } from "./live-runs.ts";
import { replayFailures } from "./replays.ts";
import { createReport } from "./report.ts";
import type { QuickstartResults } from "./results.ts";
import { startServer } from "./server.ts";
import { waitFor, waitUntilAnalyzed } from "./wait.ts";
import { startWebhookReceiver } from "./webhook-receiver.ts";

const ANALYSIS_TIMEOUT_MS = 60_000;
const ALERT_TIMEOUT_MS = 10_000;

/** Runs the whole loop in front of the person watching; `keep` leaves the server and its data. */
export async function quickstart(options: { keep: boolean }): Promise<QuickstartResults> {
  const opened = new AsyncDisposers();
  try {
    return await loop(options, opened);
  } finally {
    await opened.dispose();
  }
}

async function loop({ keep }: { keep: boolean }, opened: AsyncDisposers): Promise<QuickstartResults> {
  const report = createReport();
  const started = performance.now();
  const receiver = await startWebhookReceiver((alert) => report.line(`  alert received: ${describeAlert(alert)}`));
  opened.add(() => receiver.close());
  const rule = {
    name: "any agent breaks three runs",
    agent: "*",
    threshold: 3,
    window_seconds: 3600,
    min_confidence: 0,
    webhook: receiver.url,
  };
  const server = await startServer({ rule, keep });
  if (!keep) opened.add(() => server.stop());
  const scripted = await startScriptedEndpoint();
  opened.add(() => scripted.close());
  const tracing = startTracing({ url: server.url, serviceName: "quickstart" });
  opened.add(() => tracing.shutdown());
  const client = createClient({ baseUrl: server.url });

  report.heading(`1  culprit up, on a temporary store: ${server.url}`);
  report.heading("2  Three agents on small coding tasks, live");
  report.line(
    `Scripted model endpoint at ${scripted.baseURL}: policies answer, no language model runs; some err on purpose.`,
  );
  const live = await runLive(TASKS, scripted.baseURL, report);
  await tracing.flush();

  report.heading("3  Who broke the failed runs? The ranker's predictions, and alerts as they fire");
  await waitUntilAnalyzed(client, live.length, ANALYSIS_TIMEOUT_MS);
  const failed = live.filter((run) => !run.success);
  const blamed = await showBlame(client, failed, report);
  await waitFor(() => receiver.received.length > 0, ALERT_TIMEOUT_MS);

  report.heading("4  Proof: each failed run again, one step corrected, everything after it live");
  const proven = await replayFailures(client, blamed.runs, scripted.baseURL, report);
  await tracing.flush();
  await waitUntilAnalyzed(client, live.length, ANALYSIS_TIMEOUT_MS);

  report.heading("5  culprit traces --blamed-agent Coder --limit 5");
  report.line(await culprit(server.url, "traces", "--blamed-agent", "Coder", "--limit", "5"));

  report.heading("6  The annotated runs as a training set");
  const exported = await exportSets(server.url, join(server.directory, "export"), report);

  const results: QuickstartResults = {
    runs: live.length,
    failed: failed.length,
    attributed: blamed.attributed,
    ranker_hits: blamed.hits,
    replayed: proven.replayed,
    replay_hits: proven.hits,
    alerts: receiver.received.length,
    exported,
  };
  report.heading(`Done in ${((performance.now() - started) / 1000).toFixed(0)} s`);
  summarise(results, { ...proven, constant: blamed.constant }, report.line);
  nextCommands(keep ? server : undefined, failed[0]?.traceId, report.line);
  return results;
}

function describeAlert(alert: AlertEvent): string {
  const [newest] = alert.runs;
  return `${alert.agent} blamed for ${alert.count} failed runs, newest at step ${newest?.step}: ${newest?.url}`;
}

/** What was opened, closed again in reverse, whatever happened in between. */
class AsyncDisposers {
  readonly #disposers: (() => Promise<unknown>)[] = [];

  add(dispose: () => Promise<unknown>): void {
    this.#disposers.push(dispose);
  }

  async dispose(): Promise<void> {
    for (const dispose of this.#disposers.reverse()) await dispose();
  }
}

function summarise(
  results: QuickstartResults,
  more: { corrections: number; placebos: number; constant: { step: number; hits: number } },
  line: (text: string) => void,
): void {
  const { failed, attributed, ranker_hits, replayed, replay_hits, alerts, exported } = results;
  const { step, hits } = more.constant;
  line(`  ${results.runs} runs, ${failed} failed; ${attributed} attributed`);
  line(`  the ranker named the true step in ${ranker_hits} of ${failed}; always saying step ${step} would in ${hits}`);
  line(`  ${replayed} proven by ${more.corrections} corrections and ${more.placebos} placebos`);
  line(`  the proven step is the seeded one in ${replay_hits} of ${replayed}`);
  line(`  ${alerts} alerts; ${exported.train} training and ${exported.test} test records`);
}

function nextCommands(
  server: { url: string; pid: number; directory: string } | undefined,
  trace: string | undefined,
  line: (text: string) => void,
): void {
  line("\nWorth typing next:");
  if (server === undefined) {
    line("  npm run quickstart -- --keep          # the same, and the server stays up to look around in");
    line("  npm run culprit -- up                 # your own collector, for your own agents (README: ten lines)");
    line("  npm run culprit -- --help");
    return;
  }
  line(`  open ${server.url}/                    # the page`);
  line(`  kill ${server.pid} && rm -r ${server.directory}    # when you have seen enough`);
  line(`  npm run culprit -- show ${trace} --url ${server.url}`);
  line(`  npm run culprit -- replay ${trace} --target examples/dist/coding-team/target.js --url ${server.url}`);
}
