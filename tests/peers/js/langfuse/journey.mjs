// Two agents by hand, observed by the Langfuse SDK: a Planner that asks a Pricer through a tool, which asks a tool of its own.
import { propagateAttributes, startActiveObservation } from "@langfuse/tracing";
import OpenAI from "openai";

const TASK = "What does a journey to Oslo cost?";
const client = new OpenAI({ maxRetries: 0 });

const functions = {
  price_of: async ({ city }) => (city === "Oslo" ? "1217" : "unknown"),
  ask_pricer: async () => agent("Pricer", "You name prices.", "price_of"),
};

const observed = (asType, name, input, work) =>
  startActiveObservation(
    name,
    async (observation) => {
      observation.update({ input });
      const { output, ...more } = await work();
      observation.update({ output, ...more });
      return output;
    },
    { asType },
  );

const agent = (name, instructions, tool) =>
  observed("agent", name, TASK, async () => {
    const messages = [
      { role: "system", content: instructions },
      { role: "user", content: TASK },
    ];
    const tools = [{ type: "function", function: { name: tool, parameters: { type: "object" } } }];
    for (;;) {
      const message = await observed("generation", "chat", [...messages], async () => {
        const { choices, model, usage } = await client.chat.completions.create({ model: "scripted", messages, tools });
        const usageDetails = { input: usage.prompt_tokens, output: usage.completion_tokens };
        return { output: choices[0].message, model, usageDetails };
      });
      messages.push(message);
      if (!message.tool_calls) return { output: message.content };
      for (const { id, function: called } of message.tool_calls) {
        const given = JSON.parse(called.arguments);
        const content = await observed("tool", called.name, given, async () => ({
          output: await functions[called.name](given),
        }));
        messages.push({ role: "tool", tool_call_id: id, content });
      }
    }
  });

const answer = await propagateAttributes({ sessionId: "journeys" }, () =>
  agent("Planner", "You plan journeys and leave prices to the Pricer.", "ask_pricer"),
);
console.log(answer);
