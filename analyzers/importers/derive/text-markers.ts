/** What opens a turn on a line of a log. */
export interface Marked {
  speaker: string;
  time: string;
  /** What is said on the marker's own line. */
  text: string;
}

/** A way to mark turns. Patterns are anchored and bounded, so that no line makes them slow. */
export interface MarkerTemplate {
  name: string;
  pattern: RegExp;
  /** Lines in between belong to the turn before. A transcript without speakers has none named. */
  speaker?: string;
}

const WHO = "(?<speaker>[A-Za-z][\\w .()/-]{0,40}?)";
const TIME = "(?<time>\\d{4}-\\d{2}-\\d{2}[T ]\\d{2}:\\d{2}(?::\\d{2})?(?:[.,]\\d{1,9})?(?:Z|[+-]\\d{2}:?\\d{2})?)";
const SHORT_TIME = "(?<time>\\d{1,2}:\\d{2}(?::\\d{2})?(?:[.,]\\d{1,6})?)";

/** Ways in which logs mark who speaks, most particular first. */
export const MARKER_TEMPLATES: readonly MarkerTemplate[] = [
  {
    name: "time-level-speaker",
    pattern: new RegExp(
      `^\\[?${TIME}\\]?[ \\t]*[|-]?[ \\t]*\\[?(?:DEBUG|INFO|WARN|WARNING|ERROR|TRACE)\\]?[ \\t]*[|:-]?[ \\t]*\\[?${WHO}\\]?[ \\t]*(?::|\\||>+|->|-)[ \\t]?(?<text>.*)$`,
    ),
  },
  {
    name: "time-speaker",
    pattern: new RegExp(
      `^\\[?${TIME}\\]?[ \\t]*[|-]?[ \\t]*[\\[<(]?${WHO}[\\]>)]?[ \\t]*(?::|\\||>+|->|=>|-)[ \\t]?(?<text>.*)$`,
    ),
  },
  {
    name: "short-time-speaker",
    pattern: new RegExp(
      `^\\[?${SHORT_TIME}\\]?[ \\t]*[|-]?[ \\t]*[\\[<(]?${WHO}[\\]>)]?[ \\t]*(?::|\\||>+|->|=>|-)[ \\t]?(?<text>.*)$`,
    ),
  },
  {
    name: "numbered-speaker",
    pattern: new RegExp(
      `^[ \\t]*[#\\[(<]{0,3}(?:[Ss]tep|[Tt]urn|[Rr]ound|STEP|TURN)?[ \\t]*#?\\d{1,6}[\\])>.:]{0,2}[ \\t]*[\\[<(|-]?[ \\t]*${WHO}[ \\t]*[\\]>)]?[ \\t]*(?::|\\||>+|->|=>|-)(?:[ \\t](?<text>.*)|)$`,
    ),
  },
  {
    name: "heading",
    pattern: new RegExp(
      `^(?:#{1,6}|={2,}|-{2,}|\\*{2,}|>{2,}|@+|~{2,}|\\+{2,})[ \\t]*\\[?(?:(?:[Ss]tep|[Tt]urn|STEP|TURN)?[ \\t]*#?\\d{1,6}[ \\t.:|/-]*)?${WHO}\\]?(?:[ \\t]*[([#]?\\d{1,6}[)\\]]?)?[ \\t]*:?[ \\t]*(?:#{1,6}|={2,}|-{2,}|\\*{2,}|<{2,}|~{2,}|\\+{2,})?[ \\t]*$`,
    ),
  },
  { name: "bold", pattern: new RegExp(`^\\*\\*${WHO}:?\\*\\*:?[ \\t]*(?<text>.*)$`) },
  {
    name: "bracket",
    pattern: new RegExp(`^[\\[({]${WHO}(?:[ \\t]+#?\\d{1,6})?[\\])}][ \\t]*[:>-]?[ \\t]*(?<text>.*)$`),
  },
  { name: "angle", pattern: new RegExp(`^<\\|?(?:im_start\\|>)?${WHO}\\|?>[ \\t]*(?<text>.*)$`) },
  { name: "arrow", pattern: new RegExp(`^${WHO}[ \\t]*(?:>>+|->|=>|»|\\|)[ \\t]?(?<text>.*)$`) },
  { name: "colon", pattern: new RegExp(`^${WHO}(?:[ \\t]*[([#]?\\d{1,6}[)\\]]?)?[ \\t]?:(?:[ \\t](?<text>.*)|)$`) },
];

/** A shell's prompt before a command; what follows is what it printed. */
export const PROMPT =
  /^(?:\([\w.-]{1,40}\) )?(?:[\w.-]{1,40}@[\w.-]{1,60}(?::[^\s$#]{0,200})?[$#]|\$|>>>|bash-[\d.]{1,6}[$#]|sh-[\d.]{1,6}[$#])[ \t]+(?<text>\S.*)$/;

/** The template of a name; the shell's prompt is `shell`. */
export function markerPattern(name: string): RegExp | undefined {
  return name === "shell" ? PROMPT : MARKER_TEMPLATES.find((template) => template.name === name)?.pattern;
}

/** What a line marks by a pattern. */
export function marked(line: string, pattern: RegExp): Marked | undefined {
  // A line longer than any marker's is looked at by its beginning; its rest is what was said.
  const head = line.length > 400 ? line.slice(0, 400) : line;
  const groups = pattern.exec(head)?.groups;
  if (groups === undefined) return undefined;
  const text = groups["text"] ?? "";
  return {
    speaker: (groups["speaker"] ?? "").trim(),
    time: groups["time"] ?? "",
    text: text + line.slice(head.length),
  };
}
