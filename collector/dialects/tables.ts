import { agentFramework } from "./agent-framework.ts";
import { anthropic } from "./anthropic.ts";
import { autogen } from "./autogen.ts";
import { claudeCode } from "./claude-code.ts";
import type { Dialect } from "./dialect.ts";
import { genai } from "./genai.ts";
import { generic } from "./generic.ts";
import { googleAdk } from "./google-adk.ts";
import { laminar } from "./laminar.ts";
import { langfuse } from "./langfuse.ts";
import { langsmith } from "./langsmith.ts";
import { mastra } from "./mastra.ts";
import { mlflow } from "./mlflow.ts";
import { openinference } from "./openinference.ts";
import { openllmetry } from "./openllmetry.ts";
import { pydanticAi } from "./pydantic-ai.ts";
import { smolagents } from "./smolagents.ts";
import { strands } from "./strands.ts";
import { vercelAi } from "./vercel-ai.ts";
import { voltagent } from "./voltagent.ts";

/**
 * Every vendor's table, the most telling shapes first: several vendors put a few `gen_ai.*` names beside their own, so
 * the GenAI conventions come last. A new vendor is one row here.
 */
export const DIALECTS: readonly Dialect[] = [
  smolagents,
  openinference,
  langfuse,
  langsmith,
  mastra,
  voltagent,
  vercelAi,
  laminar,
  openllmetry,
  autogen,
  pydanticAi,
  agentFramework,
  strands,
  mlflow,
  googleAdk,
  claudeCode,
  anthropic,
  genai,
];

/** For spans that none of {@link DIALECTS} knows. */
export const GENERIC: Dialect = generic;
