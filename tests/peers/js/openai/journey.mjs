// Two agents by hand on the `openai` client, told in plain OpenTelemetry: a Planner that asks a Pricer, which asks a tool.
import { SpanStatusCode, trace } from "@opentelemetry/api";
import OpenAI from "openai";

const TASK = "What does a journey to Oslo cost?";
const client = new OpenAI({ maxRetries: 0 });
const tracer = trace.getTracer("journey");

async function within(name, attributes, work) {
  return tracer.startActiveSpan(name, { attributes }, async (span) => {
    try {
      const result = await work();
      if (attributes["gen_ai.tool.name"]) span.setAttribute("gen_ai.tool.call.result", result);
      return result;
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR, message: error.message });
      throw error;
    } finally {
      span.end();
    }
  });
}

const functions = {
  price_of: async ({ city }) => (city === "Oslo" ? "1217" : "unknown"),
  ask_pricer: async () => agent("Pricer", "You name prices.", ["price_of"]),
};

async function agent(name, instructions, tools) {
  const attributes = { "gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": name };
  return within(`invoke_agent ${name}`, attributes, async () => {
    const messages = [
      { role: "system", content: instructions },
      { role: "user", content: TASK },
    ];
    for (;;) {
      const answer = await client.chat.completions.create({
        model: "scripted",
        messages,
        tools: tools.map((tool) => ({ type: "function", function: { name: tool, parameters: { type: "object" } } })),
      });
      const { message } = answer.choices[0];
      messages.push(message);
      if (!message.tool_calls) return message.content;
      for (const call of message.tool_calls) {
        const asked = {
          "gen_ai.operation.name": "execute_tool",
          "gen_ai.tool.name": call.function.name,
          "gen_ai.tool.call.arguments": call.function.arguments,
        };
        const run = () => functions[call.function.name](JSON.parse(call.function.arguments));
        const content = await within(`execute_tool ${call.function.name}`, asked, run);
        messages.push({ role: "tool", tool_call_id: call.id, content });
      }
    }
  });
}

console.log(await agent("Planner", "You plan journeys and leave prices to the Pricer.", ["ask_pricer"]));
