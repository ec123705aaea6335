// Two agents by hand, traced by the LangSmith SDK: a Planner that asks a Pricer through a tool, which asks a tool of its own.
import { traceable } from "langsmith/traceable";
import { wrapOpenAI } from "langsmith/wrappers";
import OpenAI from "openai";

const TASK = "What does a journey to Oslo cost?";
const client = wrapOpenAI(new OpenAI({ maxRetries: 0 }));

const converse = async (instructions, run, task) => {
  const messages = [
    { role: "system", content: instructions },
    { role: "user", content: task },
  ];
  const tools = [{ type: "function", function: { name: run.name, parameters: { type: "object" } } }];
  for (;;) {
    const { choices } = await client.chat.completions.create({ model: "scripted", messages, tools });
    const { message } = choices[0];
    messages.push(message);
    if (!message.tool_calls) return message.content;
    for (const { id, function: called } of message.tool_calls) {
      messages.push({ role: "tool", tool_call_id: id, content: await run(JSON.parse(called.arguments)) });
    }
  }
};

const tool = (name, work) =>
  Object.defineProperty(traceable(work, { name, run_type: "tool" }), "name", { value: name });
const priceOf = tool("price_of", async ({ city }) => (city === "Oslo" ? "1217" : "unknown"));
const pricer = traceable((task) => converse("You name prices.", priceOf, task), { name: "Pricer" });
const askPricer = tool("ask_pricer", () => pricer(TASK));
const planner = traceable((task) => converse("You plan journeys and leave prices to the Pricer.", askPricer, task), {
  name: "Planner",
});

console.log(await planner(TASK));
