import { CulpritError, type GatewayAgentRule, type Message, messageText } from "@culprit/schemas";
import { RE2JS } from "re2js";
import { LONGEST_NAME } from "./address.ts";

/** Says which agent a call is of, by its system prompt; empty when no rule strikes. */
export type AgentNaming = (messages: readonly Message[]) => string;

/** A name is in the first lines of a prompt, or it is not in it. */
const MOST_SEARCHED = 4096;
const SYSTEM_ROLES = new Set(["system", "developer"]);

/**
 * Compiles the rules; the first that strikes names the agent. Patterns are RE2: linear in the text, whatever they are.
 *
 * @throws CulpritError `config_invalid` for a pattern that is not RE2, or a group that it does not have
 */
export function agentNaming(rules: readonly GatewayAgentRule[]): AgentNaming {
  const compiled = rules.map((rule) => ({ rule, pattern: compile(rule) }));
  return (messages) => {
    const prompt = systemPrompt(messages);
    if (prompt === "") return "";
    for (const { rule, pattern } of compiled) {
      const matcher = pattern.matcher(prompt);
      if (!matcher.find()) continue;
      const name = rule.agent.replace(/\$(\d)/g, (_, group) => matcher.group(Number(group)) ?? "");
      const tidy = name.replace(/[\p{Cc}\p{Cf}\p{Z}]+/gu, " ").trim();
      if (tidy !== "") return tidy.slice(0, LONGEST_NAME);
    }
    return "";
  };
}

function systemPrompt(messages: readonly Message[]): string {
  const message = messages.find(({ role }) => SYSTEM_ROLES.has(role));
  return message === undefined ? "" : messageText(message).slice(0, MOST_SEARCHED);
}

function compile(rule: GatewayAgentRule): RE2JS {
  try {
    const pattern = RE2JS.compile(rule.pattern);
    const groups = [...rule.agent.matchAll(/\$(\d)/g)].map(([, group]) => Number(group));
    if (groups.some((group) => group > pattern.groupCount())) throw new Error(`it has no group for ${rule.agent}`);
    return pattern;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : "it does not compile";
    throw new CulpritError("config_invalid", `The agent rule for ${rule.agent} can't be used: ${why}.`, {
      mend: "Correct it in gateway_agent_rules; patterns are RE2, without look-around and back-references.",
      cause,
    });
  }
}
