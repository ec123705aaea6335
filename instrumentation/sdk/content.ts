import type { AttributeValue } from "@culprit/schemas";
import { type Capture, capture, forgetCapture } from "./capture.ts";
import { isPlain, toPlain } from "./plain.ts";

/** What of a run's content is recorded. */
export interface ContentOptions {
  /**
   * `false` or `no_content` records no message, argument, result, task or feedback text; names, models, tokens and
   * timing stay. `event_only` keeps the messages of model calls alone, in an event of their spans. Default:
   * `OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT`, on when that is not set.
   */
  capture?: boolean | Capture;
  /** Longest recorded attribute in UTF-16 units; longer strings inside are cut and say so. Default 1,048,576. */
  maxLength?: number;
  /**
   * Sees every string before it is recorded and returns what may be kept, e.g. with secrets replaced. Throwing
   * records `[masked]` in its place.
   */
  mask?: (text: string, attribute: string) => string;
}

const DEFAULT_MAX_LENGTH = 1_048_576;
const SHORTEST_CUT = 64;

let chosen: ContentOptions = {};

/** Sets what is recorded from now on, process-wide; `{}` goes back to the environment and the defaults. */
export function configureContent(options: ContentOptions): void {
  chosen = options;
  forgetCapture();
}

/** Whether content is recorded as attributes of spans. */
export function capturesContent(): boolean {
  const places = chosenCapture();
  return places === "span_only" || places === "span_and_event";
}

/** Whether the messages of a model call are recorded as an event of its span. */
export function capturesEvents(): boolean {
  const places = chosenCapture();
  return places === "event_only" || places === "span_and_event";
}

function chosenCapture(): Capture {
  const { capture: given } = chosen;
  if (given === undefined) return capture();
  return typeof given === "string" ? given : given ? "span_only" : "no_content";
}

/** Text for an attribute: masked, cut to the limit; `undefined` when content is switched off. */
export function textContent(attribute: string, text: string): string | undefined {
  if (!capturesContent()) return undefined;
  return maskedText(attribute, text);
}

/** Text that is recorded even without content (why a step failed), masked and cut. */
export function maskedText(attribute: string, text: string): string {
  return shorten(chosen.mask === undefined ? text : masked(attribute)(text), limit());
}

/**
 * A value as one JSON string: masked, and valid JSON within the limit whatever its size. `undefined` when content is
 * switched off or there is no value.
 */
export function jsonContent(attribute: string, value: unknown): string | undefined {
  return value === undefined || !capturesContent() ? undefined : cutJson(attribute, value);
}

/** {@link jsonContent} for an event, wherever else content is recorded. */
export function eventContent(attribute: string, value: unknown): string | undefined {
  return value === undefined || !capturesEvents() ? undefined : cutJson(attribute, value);
}

function cutJson(attribute: string, value: unknown): string {
  const mask = masked(attribute);
  const most = limit();
  const whole = wholeJson(value, mask);
  if (whole.length <= most) return whole;
  for (let cut = most >> 1; cut >= SHORTEST_CUT; cut >>= 2) {
    const shorter = JSON.stringify(toPlain(value, (text) => shorten(mask(text), cut)));
    if (shorter.length <= most) return shorter;
  }
  return withoutMiddle(value, (text) => shorten(mask(text), SHORTEST_CUT), most, whole.length);
}

/** Without a mask most values need no copy. */
function wholeJson(value: unknown, mask: (text: string) => string): string {
  try {
    if (chosen.mask === undefined && isPlain(value)) return JSON.stringify(value);
  } catch {
    // A getter threw; the copy notes where.
  }
  return JSON.stringify(toPlain(value, mask));
}

/** Text stays text, everything else is JSON. */
export function readable(attribute: string, value: unknown): string | undefined {
  return typeof value === "string" ? textContent(attribute, value) : jsonContent(attribute, value);
}

/** What {@link jsonContent} records, read back: the form in which a live call and its recording are equal. */
export function recorded(attribute: string, value: unknown): AttributeValue {
  const text = jsonContent(attribute, value);
  return text === undefined ? toPlain(value) : (JSON.parse(text) as AttributeValue);
}

/** Cuts at a character boundary and says how long the text was. */
export function shorten(text: string, most: number): string {
  if (text.length <= most) return text;
  const marker = `…[truncated by culprit: ${text.length} characters]`;
  let end = Math.max(0, most - marker.length);
  const last = text.charCodeAt(end - 1);
  if (last >= 0xd800 && last <= 0xdbff) end -= 1;
  return text.slice(0, end) + marker;
}

/** A list keeps its beginning and its end; anything else becomes its size and its beginning. */
function withoutMiddle(value: unknown, leaf: (text: string) => string, most: number, size: number): string {
  const plain = toPlain(value, leaf);
  if (!Array.isArray(plain)) {
    return JSON.stringify({ truncated: true, characters: size, beginning: JSON.stringify(plain).slice(0, most >> 2) });
  }
  const pieces = plain.map((item) => JSON.stringify(item));
  const head: string[] = [];
  const tail: string[] = [];
  let room = most - 256;
  for (let low = 0, high = pieces.length - 1; low <= high; ) {
    const fromEnd = tail.length <= head.length * 3;
    const piece = (fromEnd ? pieces[high] : pieces[low]) ?? "";
    room -= piece.length + 1;
    if (room < 0) break;
    if (fromEnd) {
      tail.unshift(piece);
      high -= 1;
    } else {
      head.push(piece);
      low += 1;
    }
  }
  const left = pieces.length - head.length - tail.length;
  const note = `…[truncated by culprit: ${left} of ${pieces.length} entries left out, ${size} characters in all]`;
  const first = plain[0];
  const messages = typeof first === "object" && first !== null && "parts" in first;
  const marker = messages ? { role: "system", parts: [{ type: "text", content: note }] } : note;
  return `[${[...head, JSON.stringify(marker), ...tail].join(",")}]`;
}

function limit(): number {
  return chosen.maxLength ?? DEFAULT_MAX_LENGTH;
}

function masked(attribute: string): (text: string) => string {
  const { mask } = chosen;
  if (mask === undefined) return (text) => text;
  return (text) => {
    try {
      return mask(text, attribute);
    } catch {
      return "[masked]";
    }
  };
}
