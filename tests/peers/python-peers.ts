import { journey, PRICE, type Script, TASK } from "./scripted-model.ts";
import type { ExpectedStep } from "./verdict.ts";

/** A framework for Python with the program that plays the journey on it, and how its run has to read. */
export interface Framework {
  /** `python/FOLDER`, `docs/instrument/FOLDER.md` and the fixture. */
  folder: string;
  /** With its version. */
  name: string;
  through: string;
  /** Whose requirements it shares; its own where absent. */
  environment?: string;
  /** The fixture, where it is not called as the folder. */
  fixture?: string;
  /** Too large to install in every run of the tests: why. Run with `CULPRIT_PEERS_HEAVY=1`; the fixture always is. */
  heavy?: string;
  /** More of the program's environment. */
  env?: Readonly<Record<string, string>>;
  /** Default {@link journey}. */
  script?: Script;
  steps: readonly ExpectedStep[];
  note?: string;
}

const ASKS_PRICE = { name: "price_of", arguments: { city: "Oslo" } };
const PRICE_OF: ExpectedStep = { role: "environment", agent: "price_of", says: PRICE };
const PRICED = `A journey to Oslo costs ${PRICE} euros.`;
const REPEATED = `Asked around: ${PRICE} euros for Oslo.`;

/** The Planner hands the conversation over for good, by a tool of its framework. */
function handover(tool: string, answer: string): readonly ExpectedStep[] {
  return [
    { role: "agent", agent: "Planner", calls: [{ name: tool, arguments: {} }] },
    { role: "environment", agent: tool, says: answer },
    { role: "agent", agent: "Pricer", calls: [ASKS_PRICE] },
    PRICE_OF,
    { role: "agent", agent: "Pricer", says: PRICED },
  ];
}

/** The Planner asks through a tool inside which the Pricer runs, and says what came back. */
export const DELEGATION: readonly ExpectedStep[] = [
  { role: "agent", agent: "Planner", calls: [{ name: "ask_pricer", arguments: {} }] },
  { role: "agent", agent: "Pricer", calls: [ASKS_PRICE] },
  PRICE_OF,
  { role: "agent", agent: "Pricer", says: PRICED },
  { role: "environment", agent: "ask_pricer", says: PRICED },
  { role: "agent", agent: "Planner", says: REPEATED },
];

/** One after the other, the Planner without a tool. */
const SEQUENCE: readonly ExpectedStep[] = [
  { role: "agent", agent: "Planner", says: REPEATED },
  { role: "agent", agent: "Pricer", calls: [ASKS_PRICE] },
  PRICE_OF,
  { role: "agent", agent: "Pricer", says: PRICED },
];

/** smolagents puts what tools answered into user messages, and wants every answer to be a tool call. */
const smolagentsJourney: Script = ({ tools, body }) => {
  const knows = JSON.stringify(body["messages"]).includes(PRICE);
  if (!tools.includes("Pricer")) return knows ? finalAnswer(PRICED) : { calls: [ASKS_PRICE] };
  return knows ? finalAnswer(REPEATED) : { calls: [{ name: "Pricer", arguments: { task: TASK } }] };
};

function finalAnswer(answer: string) {
  return { calls: [{ name: "final_answer", arguments: { answer } }] };
}

const TRANSFER = { name: "transfer_to_agent", arguments: { agent_name: "Pricer" } };
const GOOGLE_ADK = {
  folder: "google-adk",
  name: "google-adk 2.13.0",
  script: (asked) =>
    asked.system.includes("Hand questions") && asked.results.length === 0 ? { calls: [TRANSFER] } : journey(asked),
  steps: [
    { role: "agent", agent: "Planner", calls: [TRANSFER] },
    { role: "environment", agent: "transfer_to_agent" },
    { role: "agent", agent: "Pricer", calls: [ASKS_PRICE] },
    PRICE_OF,
    { role: "agent", agent: "Pricer", says: PRICED },
  ],
} satisfies Omit<Framework, "through">;

export const FRAMEWORKS: readonly Framework[] = [
  {
    folder: "autogen",
    name: "autogen-agentchat 0.7.5",
    through: "OpenInference 0.1.22",
    steps: handover("transfer_to_pricer", "Transferred to Pricer"),
  },
  {
    folder: "smolagents",
    name: "smolagents 1.26.0",
    through: "OpenInference 0.1.43",
    script: smolagentsJourney,
    steps: [
      { role: "agent", agent: "Planner", calls: [{ name: "Pricer", arguments: { task: TASK } }] },
      { role: "agent", agent: "Pricer", calls: [ASKS_PRICE] },
      PRICE_OF,
      { role: "agent", agent: "Pricer", ...finalAnswer(PRICED) },
      { role: "environment", agent: "final_answer", says: PRICED },
      { role: "agent", agent: "Planner", ...finalAnswer(REPEATED) },
      { role: "environment", agent: "final_answer", says: REPEATED },
    ],
  },
  {
    folder: "langgraph",
    name: "langgraph 1.2.22",
    through: "OpenInference 0.1.80",
    steps: handover("transfer_to_pricer", "Transferred to Pricer"),
  },
  { folder: "pydantic-ai", name: "pydantic-ai 2.68.0", through: "its own tracing", steps: DELEGATION },
  {
    folder: "agent-framework",
    name: "agent-framework 1.23.0",
    through: "its own tracing",
    environment: "pydantic-ai",
    steps: SEQUENCE,
  },
  { folder: "strands", name: "strands-agents 1.62.0", through: "its own tracing", steps: DELEGATION },
  {
    folder: "strands",
    name: "strands-agents 1.62.0",
    through: "its own tracing, newest conventions",
    fixture: "strands-latest",
    env: { OTEL_SEMCONV_STABILITY_OPT_IN: "gen_ai_latest_experimental" },
    steps: DELEGATION,
  },
  { ...GOOGLE_ADK, through: "its own tracing" },
  {
    ...GOOGLE_ADK,
    through: "its schema of 2025",
    fixture: "google-adk-1",
    env: { ADK_TELEMETRY_SCHEMA_VERSION_OPT_IN: "1" },
  },
  {
    folder: "mlflow",
    name: "mlflow 3.17.2",
    through: "its own tracing",
    heavy: "660 MB",
    steps: DELEGATION,
  },
  {
    folder: "crewai",
    name: "crewai 1.15.30",
    through: "OpenInference",
    heavy: "850 MB",
    steps: SEQUENCE,
  },
  {
    folder: "semantic-kernel",
    name: "semantic-kernel 1.45.0",
    through: "its own tracing",
    heavy: "410 MB, and a package that has to be built",
    script: ({ tools, results }) => {
      const said = results.some((result) => result.includes(PRICE));
      if (tools.includes("Prices-price_of")) {
        return said ? { text: PRICED } : { calls: [{ ...ASKS_PRICE, name: "Prices-price_of" }] };
      }
      return said ? { text: REPEATED } : { calls: [{ name: tools[0] ?? "none", arguments: { messages: TASK } }] };
    },
    steps: [
      { role: "agent", agent: "Planner", calls: [{ name: "Pricer-Pricer", arguments: { messages: TASK } }] },
      { role: "agent", agent: "Pricer", calls: [{ ...ASKS_PRICE, name: "Prices-price_of" }] },
      { ...PRICE_OF, agent: "Prices-price_of" },
      { role: "agent", agent: "Pricer", says: PRICED },
      { role: "environment", agent: "Pricer-Pricer", says: PRICED },
      { role: "agent", agent: "Planner", says: REPEATED },
    ],
  },
];
