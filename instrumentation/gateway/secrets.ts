import type { Attributes, Context, Span } from "@opentelemetry/api";
import type { ReadableSpan, SpanProcessor } from "@opentelemetry/sdk-trace-base";
import type { RequestHeaders } from "./identity.ts";

const TELLING = /auth|cookie|key|passw|secret|signature|token|^sig$/i;
const SHORTEST = 6;
const MARK = "[redacted:credential]";

/** The credentials a request carries: those of its headers, its cookies and its query. */
export function credentialsOf(headers: RequestHeaders, query: string): Set<string> {
  const found = new Set<string>();
  const add = (text: string) => {
    if (text.length >= SHORTEST) found.add(text);
  };
  for (const [name, value] of Object.entries(headers)) {
    if (!TELLING.test(name)) continue;
    for (const text of [value ?? []].flat()) {
      const [scheme = "", token = ""] = text.split(/ +(.*)/s, 2);
      if (/^basic$/i.test(scheme))
        add(
          Buffer.from(token, "base64")
            .toString("utf8")
            .replace(/^[^:]*:/, ""),
        );
      if (name === "cookie") for (const pair of text.split(";")) add(pair.slice(pair.indexOf("=") + 1).trim());
      add(token);
      add(text);
    }
  }
  for (const [name, value] of new URLSearchParams(query)) if (TELLING.test(name)) add(value);
  return found;
}

/**
 * Stands before the queue and takes the credentials of its caller out of every span: an endpoint that repeats the key
 * it was sent (as many do in the error that says it is wrong) must not have it recorded.
 */
export class CredentialFilter implements SpanProcessor {
  readonly #next: SpanProcessor;
  readonly #watched = new WeakMap<object, ReadonlySet<string>>();

  constructor(next: SpanProcessor) {
    this.#next = next;
  }

  /** Takes these out of `span` when it ends. */
  watch(span: Span, credentials: ReadonlySet<string>): void {
    if (credentials.size > 0) this.#watched.set(span, credentials);
  }

  onStart(span: Parameters<SpanProcessor["onStart"]>[0], context: Context): void {
    this.#next.onStart(span, context);
  }

  onEnd(span: ReadableSpan): void {
    const credentials = this.#watched.get(span);
    if (credentials !== undefined) clean(span, credentials);
    this.#next.onEnd(span);
  }

  forceFlush(): Promise<void> {
    return this.#next.forceFlush();
  }

  shutdown(): Promise<void> {
    return this.#next.shutdown();
  }
}

/** An ended span is written to by nobody else; its fields are read-only in its type alone. */
function clean(span: ReadableSpan, credentials: ReadonlySet<string>): void {
  const written = span as { name: string; status: { message?: string } };
  written.name = without(span.name, credentials);
  if (span.status.message !== undefined) written.status.message = without(span.status.message, credentials);
  cleanAttributes(span.attributes, credentials);
  for (const event of span.events) if (event.attributes !== undefined) cleanAttributes(event.attributes, credentials);
}

function cleanAttributes(attributes: Attributes, credentials: ReadonlySet<string>): void {
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "string") attributes[key] = without(value, credentials);
    else if (Array.isArray(value)) {
      attributes[key] = value.map((item) =>
        typeof item === "string" ? without(item, credentials) : item,
      ) as typeof value;
    }
  }
}

function without(text: string, credentials: ReadonlySet<string>): string {
  let clean = text;
  for (const credential of credentials) if (clean.includes(credential)) clean = clean.replaceAll(credential, MARK);
  return clean;
}
