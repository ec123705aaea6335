/** Starts Genkit's telemetry server from the folder it is installed in: `genkit-server.js FOLDER DATA PORT`. */
import { createRequire } from "node:module";
import { join } from "node:path";

interface Genkit {
  LocalFileTraceStore: new (options: { storeRoot: string; indexRoot: string }) => unknown;
  LocalFileLogStore: new (options: { storeRoot: string; indexRoot: string }) => unknown;
  startTelemetryServer(options: Record<string, unknown>): Promise<void>;
}

const [folder = "", data = "", port = ""] = process.argv.slice(2);
const require = createRequire(join(folder, "package.json"));
const genkit = require("@genkit-ai/telemetry-server") as Genkit;
const roots = (name: string) => ({ storeRoot: join(data, name), indexRoot: join(data, `${name}-index`) });
await genkit.startTelemetryServer({
  port: Number(port),
  traceStore: new genkit.LocalFileTraceStore(roots("traces")),
  logStore: new genkit.LocalFileLogStore(roots("logs")),
  maxRequestBodySize: "64mb",
});
