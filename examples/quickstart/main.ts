import { parseArgs } from "node:util";
import { describeError } from "@culprit/schemas";
import { quickstart } from "./quickstart.ts";

const { values } = parseArgs({ options: { keep: { type: "boolean" }, json: { type: "boolean" } } });

try {
  const results = await quickstart({ keep: values.keep === true });
  if (values.json === true) process.stdout.write(`${JSON.stringify(results)}\n`);
} catch (error) {
  process.stderr.write(`quickstart: ${describeError(error)}\n`);
  process.exitCode = 1;
}
