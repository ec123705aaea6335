import { existsSync, readFileSync, writeFileSync } from "node:fs";

/**
 * Writes a bench's tables where they are kept: between the lines `<!-- NAME -->` and `<!-- /NAME -->` of a Markdown file
 * that has them (`bench/README.md`), else as a file of their own. Headings go two levels down.
 */
export function publish(file: string, name: string, text: string): void {
  const block = text.trim().replace(/^#+ /gm, "##$&");
  const whole = existsSync(file) ? readFileSync(file, "utf8") : "";
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [start, end] = [whole.indexOf(open), whole.indexOf(close)];
  if (start === -1 || end < start) writeFileSync(file, `${block}\n`);
  else writeFileSync(file, `${whole.slice(0, start + open.length)}\n\n${block}\n\n${whole.slice(end)}`);
}
