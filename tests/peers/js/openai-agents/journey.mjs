// Two agents of the OpenAI Agents SDK: a Planner that hands over to a Pricer, which asks a tool.
import { Agent, run, tool } from "@openai/agents";
import { z } from "zod";

const priceOf = tool({
  name: "price_of",
  description: "The price of a journey to a city, in euros.",
  parameters: z.object({ city: z.string() }),
  execute: async ({ city }) => (city === "Oslo" ? "1217" : "unknown"),
});
const pricer = new Agent({ name: "Pricer", model: "scripted", instructions: "You name prices.", tools: [priceOf] });
const planner = Agent.create({
  name: "Planner",
  model: "scripted",
  instructions: "You plan journeys and leave prices to the Pricer.",
  handoffs: [pricer],
});

const { finalOutput } = await run(planner, "What does a journey to Oslo cost?");
console.log(finalOutput);
