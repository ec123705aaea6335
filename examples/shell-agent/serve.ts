/**
 * The scripted shell agent's model alone; no language model runs.
 *
 *   node examples/dist/shell-agent/serve.js [PORT] [FAULT]
 */
import { startShellEndpoint } from "./scripted/endpoint.ts";
import { FAULT_KINDS, type FaultKind } from "./scripted/faults.ts";

const [port = "8090", named] = process.argv.slice(2);
const fault = FAULT_KINDS.find((kind) => kind === named) ?? null;
if (named !== undefined && fault === null) {
  console.error(`There is no fault ${named}. There are: ${FAULT_KINDS.join(", ")}`);
  process.exit(2);
}
const endpoint = await startShellEndpoint(() => ({ fault: fault as FaultKind | null, slip: false }), Number(port));
process.stdout.write(`Scripted model endpoint (no language model runs here): ${endpoint.baseURL}\n`);
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    void endpoint.close().then(() => process.exit(0));
  });
}
