// Two agents on the tool runner of the Anthropic SDK: a Planner that asks a Pricer through a tool, which asks a tool of its own.
import Anthropic from "@anthropic-ai/sdk";
import { betaTool } from "@anthropic-ai/sdk/helpers/beta/json-schema";
import { agent } from "@culprit/instrumentation";

const client = new Anthropic({ maxRetries: 0 });
const TASK = "What does a journey to Oslo cost?";

const converse = async (system, tools) => {
  const runner = client.beta.messages.toolRunner({
    model: "scripted",
    max_tokens: 100,
    system,
    messages: [{ role: "user", content: TASK }],
    tools,
  });
  const { content } = await runner.runUntilDone();
  return content.map(({ text = "" }) => text).join("");
};
const priceOf = betaTool({
  name: "price_of",
  description: "The price of a journey to a city, in euros.",
  inputSchema: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  run: async ({ city }) => (city === "Oslo" ? "1217" : "unknown"),
});
const pricer = agent("Pricer", () => converse("You name prices.", [priceOf]));
const askPricer = betaTool({
  name: "ask_pricer",
  description: "Asks the Pricer.",
  inputSchema: { type: "object", properties: {} },
  run: () => pricer(),
});
const planner = agent("Planner", () => converse("You plan journeys and leave prices to the Pricer.", [askPricer]));

console.log(await planner());
