// Two agents on VoltAgent: a Planner that asks a Pricer through a tool, which asks a tool of its own.
import { createOpenAI } from "@ai-sdk/openai";
import { Agent, createTool } from "@voltagent/core";
import { z } from "zod";
import { observability } from "./tracing.mjs";

const model = createOpenAI().chat("scripted");
const priceOf = createTool({
  name: "price_of",
  description: "The price of a journey to a city, in euros.",
  parameters: z.object({ city: z.string() }),
  execute: async ({ city }) => (city === "Oslo" ? "1217" : "unknown"),
});
const pricer = new Agent({ name: "Pricer", instructions: "You name prices.", model, tools: [priceOf], observability });
const askPricer = createTool({
  name: "ask_pricer",
  description: "Asks the Pricer.",
  parameters: z.object({}),
  execute: async (_given, { parentSpan } = {}) =>
    (await pricer.generateText("What does a journey to Oslo cost?", { parentSpan })).text,
});
const planner = new Agent({
  name: "Planner",
  instructions: "You plan journeys and leave prices to the Pricer.",
  model,
  tools: [askPricer],
  observability,
});

try {
  const { text } = await planner.generateText("What does a journey to Oslo cost?");
  console.log(text);
} finally {
  await observability.shutdown();
}
