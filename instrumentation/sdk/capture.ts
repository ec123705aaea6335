/** Where the content of model calls goes: attributes of spans, an event of theirs, both or nowhere. */
export type Capture = "span_only" | "event_only" | "span_and_event" | "no_content";

const VARIABLE = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT";

/** Every value that instrumentations of either language know. */
const WORDS: Readonly<Record<string, Capture>> = {
  "": "span_only",
  true: "span_only",
  "1": "span_only",
  span_only: "span_only",
  event_only: "event_only",
  span_and_event: "span_and_event",
  no_content: "no_content",
  false: "no_content",
  "0": "no_content",
};

let fromEnvironment: Capture | undefined;

/** What the environment asks for; a word nobody knows may have been meant to keep things private, so it does. */
export function capture(): Capture {
  fromEnvironment ??= readEnvironment();
  return fromEnvironment;
}

/** The environment is read again when it is asked for the next time. */
export function forgetCapture(): void {
  fromEnvironment = undefined;
}

function readEnvironment(): Capture {
  const word = (process.env[VARIABLE] ?? "").trim().toLowerCase();
  const known = Object.hasOwn(WORDS, word) ? WORDS[word] : undefined;
  if (known !== undefined) return known;
  const values = "SPAN_ONLY, EVENT_ONLY, SPAN_AND_EVENT, NO_CONTENT, true or false";
  console.error(`culprit: ${VARIABLE} is none of ${values}; no content is recorded.`);
  return "no_content";
}
