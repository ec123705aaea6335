// A host program for instrumentation.test.ts: one run, then the ending that argv asks for.
import { agent, reportOutcome, run, startTracing, tool } from "@culprit/instrumentation";

const [ending] = process.argv.slice(2);
if (ending !== "registered") startTracing({ serviceName: "host", deadlineMs: 2000, queue: { delayMs: 60_000 } });

const add = tool("add", (a, b) => a + b);
const solve = agent("Solver", () => add(2, 3));
const { traceId, result } = await run({ task: "2 + 3", name: "host" }, async () => {
  const sum = await solve();
  await reportOutcome({ success: sum === 5, score: 1 });
  return sum;
});
process.stdout.write(`${JSON.stringify({ traceId, result })}\n`);

switch (ending) {
  case "waits":
    agent.scope("Sleeper", () => new Promise((resolve) => setTimeout(resolve, 60_000)));
    break;
  case "handles-signal":
    setInterval(() => undefined, 1000);
    process.on("SIGTERM", () => setTimeout(() => process.exit(42), 300));
    break;
  case "throws":
    agent.scope("Sleeper", () => new Promise(() => undefined));
    setTimeout(() => {
      throw new TypeError("host is broken");
    }, 1);
    break;
  case "rejects":
    Promise.reject(new Error("nobody caught this"));
    break;
  case "hangs":
    run({ task: "dig a hole", name: "diggers" }, async ({ traceId: digging }) => {
      agent.scope("Planner", () => "with a spade", { input: "how?" });
      process.stdout.write(`${JSON.stringify({ traceId: digging })}\n`);
      await agent.scope("Digger", () => tool("dig", () => new Promise((r) => setTimeout(r, 60_000)))({ depth: 3 }));
    });
    break;
  case "burst":
    for (let n = 0; n < 10_000; n++) agent.scope("Burst", () => n);
    break;
}
