/** Code fences that hold a shell command, as agents that answer in text write them. */
const FENCE = /```(?:mswea_bash_command|bash|sh|shell|zsh|console)[^\S\n]*\n([\s\S]*?)(?:\n```|```|$)/;

/** The command in the first shell fence of a text, without the fence; `undefined` when there is none. */
export function fencedCommand(text: string): string | undefined {
  const command = FENCE.exec(text)?.[1]?.replace(/\s+$/, "");
  return command === "" ? undefined : command;
}

/** What `<returncode>` and `<output>` wrap, or what the later JSON form holds. */
export interface Observation {
  output: string;
  exit_code?: number;
}

/**
 * mini-SWE-agent's observation: `<returncode>0</returncode><output>…</output>`, with `<warning>`, `<output_head>` and
 * `<output_tail>` for long ones, or an object `{"returncode": 0, "output": "…"}`. Anything else is its own output.
 */
export function readObservation(text: string): Observation {
  const code = /^\s*(?:<exception>[\s\S]{0,4000}?<\/exception>\s*)?<returncode>(-?\d{1,6})<\/returncode>/.exec(text);
  if (code) {
    const rest = text.slice(code[0].length);
    const whole = /^\s*<output>\n?([\s\S]*?)\n?<\/output>\s*$/.exec(rest);
    return { output: whole?.[1] ?? rest.trim(), exit_code: Number(code[1]) };
  }
  if (/^\s*\{\s*"(?:returncode|output)"/.test(text)) {
    try {
      const value = JSON.parse(text) as { returncode?: unknown; output?: unknown };
      if (Number.isSafeInteger(value.returncode) && typeof value.output === "string") {
        return { output: value.output, exit_code: Number(value.returncode) };
      }
    } catch {
      // Text that only begins like the JSON form.
    }
  }
  return { output: text };
}
