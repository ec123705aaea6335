import type { Dialect } from "./dialect.ts";
import { openinference } from "./openinference.ts";

/**
 * Hugging Face's smolagents, whose tracing is OpenInference's: an agent's span is called `NAME.run`, the steps inside
 * it `Step N`. Table after version 0.1.43 of the instrumentation.
 */
export const smolagents: Dialect = {
  ...openinference,
  name: "smolagents",
  detect: { scopes: ["openinference.instrumentation.smolagents"], attributes: ["smolagents.*"] },
  agent: { keys: ["agent.name"], nameSuffixes: [".run"] },
};
