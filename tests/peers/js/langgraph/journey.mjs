// A graph of two agents: a Planner that hands over to a Pricer, which asks a tool.
import { HumanMessage, SystemMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { END, MessagesAnnotation, START, StateGraph } from "@langchain/langgraph";
import { ToolNode } from "@langchain/langgraph/prebuilt";
import { ChatOpenAI } from "@langchain/openai";
import { z } from "zod";

const priceOf = tool(async ({ city }) => (city === "Oslo" ? "1217" : "unknown"), {
  name: "price_of",
  description: "The price of a journey to a city, in euros.",
  schema: z.object({ city: z.string() }),
});
const askPricer = tool(async () => "over to the Pricer", {
  name: "transfer_to_pricer",
  description: "Leaves the rest to the Pricer.",
  schema: z.object({}),
});
const model = new ChatOpenAI({ model: "scripted", maxRetries: 0 });

const graph = new StateGraph(MessagesAnnotation)
  .addNode("Planner", async ({ messages }) => ({
    messages: await model.bindTools([askPricer]).invoke([new SystemMessage("You plan journeys."), ...messages]),
  }))
  .addNode("handover", new ToolNode([askPricer]))
  .addNode("Pricer", async ({ messages }) => ({
    messages: await model.bindTools([priceOf]).invoke([new SystemMessage("You name prices."), ...messages]),
  }))
  .addNode("tools", new ToolNode([priceOf]))
  .addEdge(START, "Planner")
  .addEdge("Planner", "handover")
  .addEdge("handover", "Pricer")
  .addConditionalEdges("Pricer", ({ messages }) => (messages.at(-1).tool_calls?.length > 0 ? "tools" : END))
  .addEdge("tools", "Pricer")
  .compile();

const { messages } = await graph.invoke(
  { messages: [new HumanMessage("What does a journey to Oslo cost?")] },
  { configurable: { thread_id: "journeys" }, metadata: { session_id: "journeys" } },
);
console.log(messages.at(-1).content);
