import { type SpanContext, TraceFlags } from "@opentelemetry/api";
import { type Address, checkedName } from "./address.ts";

/** Headers as Node gives them. */
export type RequestHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** Whose call it is, as far as path and headers say. Empty where they do not. */
export interface Identity {
  run: string;
  agent: string;
  /** The caller's own span, when it traces. */
  caller: SpanContext | undefined;
}

const TRACEPARENT = /^[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-|$)/;
const LONGEST_BAGGAGE = 8192;
/** W3C baggage members that name the run and the agent, strongest first. */
const RUN_MEMBERS = ["culprit.run"];
const AGENT_MEMBERS = ["culprit.agent", "gen_ai.agent.name"];

/**
 * Strongest first: the path, `x-culprit-run` and `x-culprit-agent`, `baggage`. `traceparent` comes after them: it tells
 * the run only when nothing else does.
 *
 * @throws CulpritError `invalid_path` for a name that cannot be one
 */
export function identify(address: Pick<Address, "run" | "agent">, headers: RequestHeaders): Identity {
  const baggage = parseBaggage(single(headers["baggage"]));
  const member = (names: readonly string[]) =>
    names.map((name) => baggage.get(name) ?? "").find((value) => value !== "");
  return {
    run: address.run || checkedName(header(headers, "x-culprit-run")) || checkedName(member(RUN_MEMBERS) ?? ""),
    agent: address.agent || checkedName(header(headers, "x-culprit-agent")) || checkedName(member(AGENT_MEMBERS) ?? ""),
    caller: parseTraceparent(single(headers["traceparent"])),
  };
}

/** The span a W3C `traceparent` names; undefined for none and for one that is not valid. */
export function parseTraceparent(value: string): SpanContext | undefined {
  const match = TRACEPARENT.exec(value.trim().toLowerCase());
  if (match === null || value.startsWith("ff")) return undefined;
  const [, traceId = "", spanId = ""] = match;
  return { traceId, spanId, traceFlags: TraceFlags.SAMPLED, isRemote: true };
}

function parseBaggage(value: string): Map<string, string> {
  const members = new Map<string, string>();
  for (const member of value.slice(0, LONGEST_BAGGAGE).split(",")) {
    const [pair = ""] = member.split(";", 1);
    const equals = pair.indexOf("=");
    if (equals > 0) members.set(pair.slice(0, equals).trim(), percentDecoded(pair.slice(equals + 1).trim()));
  }
  return members;
}

/** Header values are Latin-1; a name beyond it comes percent-encoded. */
function header(headers: RequestHeaders, name: string): string {
  return percentDecoded(single(headers[name]).trim());
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function single(value: string | string[] | undefined): string {
  return (Array.isArray(value) ? value[0] : value) ?? "";
}
