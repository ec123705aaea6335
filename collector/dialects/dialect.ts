/**
 * Where content is found. Sources of one list are tried in order; the first that yields a message wins. Values may be
 * structured or JSON text; text that is not JSON is taken as it is.
 */
export type ContentSource =
  /** A list of messages in any common shape (GenAI parts, OpenAI chat, Vercel parts), or an object holding one. */
  | { kind: "messages"; key: string /** Its texts are JSON strings. */; json?: true }
  /** One text, as one message of `role`. */
  | { kind: "text"; key: string; role: string }
  /** Messages spread over keys such as `PREFIX.0.role`. */
  | { kind: "flat"; prefix: string; shape: FlatShape; role: string }
  /** One answer put together from several keys; the first key present of each list counts. */
  | { kind: "answer"; text: readonly string[]; calls: readonly string[]; reasoning: readonly string[] }
  /** Span events that are each one message; the key is the event's name, the value the role. */
  | { kind: "events"; roles: Readonly<Record<string, string>> }
  /** A list of messages in an attribute of a span event. */
  | { kind: "event_messages"; event: string; key: string };

/** The keys of one flattened message, after `PREFIX.N.`. */
export interface FlatShape {
  role: string;
  content: string;
  name: string;
  toolCallId: string;
  /** Content in parts: `CONTENTS.M.TEXT`. */
  contents?: { list: string; text: string };
  calls: { list: string; id: string; name: string; arguments: string };
}

/**
 * How an operation is recognised: the first rule that yields a name wins. A map that yields the empty name knows the span
 * as no work of an agent's, and no other dialect is asked.
 */
export type OperationRule =
  /** The value of `key`, looked up in `map`; `keep` passes values that the map does not name. */
  | { key: string; map: Readonly<Record<string, string>>; keep?: boolean }
  /** `operation`, when any of the keys is present. */
  | { has: readonly string[]; operation: string }
  /** `operation`, for a span without a parent. */
  | { root: string };

/**
 * One vendor's dialect, as a row of data: which spans are its own and where each thing is found in them. Key lists are
 * in order of precedence. A vendor is added by writing one of these and listing it in `tables.ts`.
 */
export interface Dialect {
  /** Stored in `reading.dialect`. */
  name: string;
  detect: {
    /** Instrumentation scope names; a trailing `*` matches any ending. */
    scopes: readonly string[];
    /** Any of these attributes present; a trailing `*` matches any ending. */
    attributes: readonly string[];
    /** Any of these span events present. */
    events?: readonly string[];
  };
  operation: readonly OperationRule[];
  agent: {
    keys: readonly string[];
    /** Look into JSON text: `[attribute, key inside]`; a `namespace` is a path of graphs, `outer:ID|inner:ID`. */
    inside?: readonly (readonly [attribute: string, key: string, as?: "namespace"])[];
    /** Span names that say the agent after this start, for `invoke_agent` spans without the attribute. */
    namePrefixes?: readonly string[];
    /** Span names that say the agent before this end, likewise. */
    nameSuffixes?: readonly string[];
    /** Fall back on the whole span name, for `invoke_agent` spans. */
    spanName?: boolean;
    /**
     * Fall back on the whole span name where `key` is one of `values`, though the span is no agent's run: where a
     * function is traced as such, whatever it does is done under its name. `except` are names that say nothing; a
     * trailing `*` matches any ending.
     */
    ofKind?: { key: string; values: readonly string[]; except: readonly string[] };
  };
  model: readonly string[];
  conversation: readonly string[];
  tokens: {
    input: readonly string[];
    output: readonly string[];
    /** Look into JSON text. */
    inside?: { key: string; input: string; output: string };
  };
  /** Put before the input as a `system` message. */
  system: readonly string[];
  input: readonly ContentSource[];
  output: readonly ContentSource[];
  /** A span that says one agent handed over to another. */
  handoff?: {
    from: readonly string[];
    to: readonly string[];
    /** Span names that say `to` after this start, without the attribute. */
    namePrefixes?: readonly string[];
  };
  tool: {
    name: readonly string[];
    /** Fall back on the whole span name, for `execute_tool` spans. */
    spanName?: boolean;
    id: readonly string[];
    arguments: readonly string[];
    result: readonly string[];
  };
}
