/** `import "@culprit/instrumentation/register"` or `node --import @culprit/instrumentation/register`: env-driven. */
import { describeError } from "@culprit/schemas";
import { printWarning } from "./span-queue.ts";
import { startTracing } from "./tracing.ts";

try {
  startTracing();
} catch (error) {
  // Tracing that cannot start is no reason for the program not to.
  printWarning(`culprit: ${describeError(error)}`);
}
