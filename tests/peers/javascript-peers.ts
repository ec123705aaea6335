import { journey, PRICE, type Script } from "./scripted-model.ts";
import type { ExpectedStep } from "./verdict.ts";

/** A framework or an instrumentation for JavaScript with the program that plays the journey on it. */
export interface JavaScriptPeer {
  /** Its packages and its program: `js/PEER`. */
  peer: string;
  /** In `docs/instrument/`: whose `tracing.mjs` the program is started with. */
  page: string;
  /** The package whose version the table shows. */
  package: string;
  through: string;
  /** Its spans, kept: `tests/unit/collector/dialects/FIXTURE.json`. */
  fixture: string;
  /** Default {@link journey}. */
  script?: Script;
  steps: readonly ExpectedStep[];
  /** What its spans read as, where that is not all that happened. */
  recorded?: readonly ExpectedStep[];
  /** Why it only runs with `CULPRIT_PEERS_HEAVY=1`. */
  heavy?: string;
  note?: string;
}

const ASKS_PRICE = { name: "price_of", arguments: { city: "Oslo" } };
const ANSWER = `A journey to Oslo costs ${PRICE} euros.`;
const REPEATED = `Asked around: ${PRICE} euros for Oslo.`;

/** The Planner hands the conversation over for good. */
function handover(tool: string, answered: readonly ExpectedStep[] = []): readonly ExpectedStep[] {
  return [
    { role: "agent", agent: "Planner", calls: [{ name: tool, arguments: {} }] },
    ...answered,
    { role: "agent", agent: "Pricer", calls: [ASKS_PRICE] },
    { role: "environment", agent: "price_of", says: PRICE },
    { role: "agent", agent: "Pricer", says: ANSWER },
  ];
}

/** The Planner asks through a tool inside which the Pricer runs, and says what came back. */
const DELEGATION: readonly ExpectedStep[] = [
  { role: "agent", agent: "Planner", calls: [{ name: "ask_pricer", arguments: {} }] },
  { role: "agent", agent: "Pricer", calls: [ASKS_PRICE] },
  { role: "environment", agent: "price_of", says: PRICE },
  { role: "agent", agent: "Pricer", says: ANSWER },
  { role: "environment", agent: "ask_pricer", says: ANSWER },
  { role: "agent", agent: "Planner", says: REPEATED },
];

/** The tool runner of Anthropic's SDK sends only what is new: on its second request there are no tools to choose from. */
const threaded: Script = (asked) => {
  if (asked.results.length === 0) return journey(asked);
  return { text: asked.results.some((result) => result.includes("journey")) ? REPEATED : ANSWER };
};

export const JAVASCRIPT_PEERS: readonly JavaScriptPeer[] = [
  {
    peer: "openai-agents",
    page: "openai-agents.md",
    package: "@openai/agents",
    through: "`@culprit/instrumentation/openai-agents`",
    fixture: "openai-agents-js",
    steps: handover("transfer_to_Pricer"),
  },
  {
    peer: "openai",
    page: "openai-js.md",
    package: "openai",
    through: "@opentelemetry/instrumentation-openai 0.21.0",
    fixture: "openai-js",
    steps: DELEGATION,
  },
  {
    peer: "openai",
    page: "openllmetry-js.md",
    package: "openai",
    through: "OpenLLMetry 0.27.0",
    fixture: "openllmetry-js",
    steps: DELEGATION,
  },
  {
    peer: "vercel-ai",
    page: "vercel-ai.md",
    package: "ai",
    through: "its own telemetry",
    fixture: "vercel-ai",
    steps: DELEGATION,
  },
  {
    peer: "langgraph",
    page: "langgraph-js.md",
    package: "@langchain/langgraph",
    through: "OpenInference 4.1.1",
    fixture: "langgraph-js",
    steps: handover("transfer_to_pricer", [
      { role: "environment", agent: "transfer_to_pricer", says: "over to the Pricer" },
    ]),
  },
  {
    peer: "anthropic",
    page: "anthropic-js.md",
    package: "@anthropic-ai/sdk",
    through: "its own telemetry",
    fixture: "anthropic-js",
    script: threaded,
    steps: DELEGATION,
  },
  {
    peer: "langfuse",
    page: "langfuse.md",
    package: "@langfuse/tracing",
    through: "its own telemetry",
    fixture: "langfuse-js",
    steps: DELEGATION,
  },
  {
    peer: "langsmith",
    page: "langsmith.md",
    package: "langsmith",
    through: "its OpenTelemetry mode",
    fixture: "langsmith-js",
    steps: DELEGATION,
  },
  {
    peer: "voltagent",
    page: "voltagent.md",
    package: "@voltagent/core",
    through: "its own tracing",
    fixture: "voltagent-js",
    heavy: "315 MB",
    steps: DELEGATION,
    recorded: [
      { role: "environment", agent: "price_of", says: PRICE },
      { role: "agent", agent: "Pricer", says: ANSWER },
      { role: "environment", agent: "ask_pricer", says: ANSWER },
      { role: "agent", agent: "Planner", says: REPEATED },
    ],
    note: "its spans hold an agent's last answer, and none of those that called a tool",
  },
];
