// Two agents of the Vercel AI SDK: a Planner that asks a Pricer through a tool, which asks a tool of its own.
import { openai } from "@ai-sdk/openai";
import { ToolLoopAgent, tool } from "ai";
import { z } from "zod";

const told = (functionId) => ({ isEnabled: true, functionId, metadata: { sessionId: "journeys" } });

const pricer = new ToolLoopAgent({
  model: openai("scripted"),
  maxRetries: 0,
  instructions: "You name prices.",
  experimental_telemetry: told("Pricer"),
  tools: {
    price_of: tool({
      description: "The price of a journey to a city, in euros.",
      inputSchema: z.object({ city: z.string() }),
      execute: async ({ city }) => (city === "Oslo" ? "1217" : "unknown"),
    }),
  },
});
const planner = new ToolLoopAgent({
  model: openai("scripted"),
  maxRetries: 0,
  instructions: "You plan journeys and leave prices to the Pricer.",
  experimental_telemetry: told("Planner"),
  tools: {
    ask_pricer: tool({
      description: "Asks the Pricer.",
      inputSchema: z.object({}),
      execute: async () => (await pricer.generate({ prompt: "What does a journey to Oslo cost?" })).text,
    }),
  },
});

const { text } = await planner.generate({ prompt: "What does a journey to Oslo cost?" });
console.log(text);
