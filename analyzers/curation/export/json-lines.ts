import { open } from "node:fs/promises";
import type { RowSink } from "./format.ts";

const BUFFER_CHARACTERS = 1_000_000;

/** One JSON document a line; no more than a buffer of them in memory. */
export async function openJsonLines(path: string): Promise<RowSink> {
  const file = await open(path, "w");
  let buffer = "";
  async function flush(): Promise<void> {
    const text = buffer;
    buffer = "";
    await file.writeFile(text);
  }
  return {
    write(row) {
      buffer += `${jsonText(row)}\n`;
      return buffer.length >= BUFFER_CHARACTERS ? flush() : undefined;
    },
    async close() {
      await flush();
      await file.close();
    },
    abandon: () => file.close(),
  };
}

/** JSON that every reader takes: halves of surrogate pairs, which Arrow refuses, become U+FFFD. */
export function jsonText(value: unknown, indent?: number): string {
  const text = JSON.stringify(value, null, indent);
  if (!/\\ud[89a-f]/.test(text)) return text;
  const whole = (_key: string, part: unknown): unknown =>
    typeof part === "string" ? part.replace(/\p{Surrogate}/gu, "\ufffd") : part;
  return JSON.stringify(value, whole, indent);
}
