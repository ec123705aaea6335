import { digest } from "../../scripted-endpoint/policies/conversation.ts";
import type { Place, Project } from "../projects/project.ts";
import { brokenFiles, swapped } from "../repository.ts";

/** One of `count` choices; the same text always gives the same one. */
export function pick(text: string, count: number): number {
  return Number(digest(text).slice(0, 8)) % count;
}

/** The file of a place, with every place of it up to and including this one mended. */
export function mended(project: Project, place: number, code?: string): { file: string; text: string } {
  const { file, wrong, right } = project.places[place] as Place;
  let text = brokenFiles(project)[file] ?? "";
  for (const earlier of project.places.slice(0, place)) {
    if (earlier.file === file) text = swapped(text, earlier.wrong, earlier.right);
  }
  return { file, text: swapped(text, wrong, code ?? right) };
}

/** Writes a whole file. */
export function writeFile(path: string, text: string): string {
  return `cat > ${path} <<'EOF'\n${text.endsWith("\n") ? text : `${text}\n`}EOF`;
}

/** Exchanges the lines in which two texts of a file differ, with sed. */
export function changeLines(path: string, before: string, after: string): string {
  const [was, is] = [before.split("\n"), after.split("\n")];
  let first = 0;
  while (was[first] === is[first]) first++;
  let tail = 0;
  while (was[was.length - 1 - tail] === is[is.length - 1 - tail] && tail < Math.min(was.length, is.length) - first - 1)
    tail++;
  const lines = is.slice(first, is.length - tail).map((line) => line.replaceAll("\\", "\\\\"));
  const last = was.length - tail;
  if (last <= first || lines.some((line) => line.trim() === "")) return writeFile(path, after);
  const address = last === first + 1 ? `${last}` : `${first + 1},${last}`;
  return `sed -i '${address}c\\\n${lines
    .map((line) => line.replace(/^\s/, "\\$&"))
    .join("\\\n")
    .replaceAll("'", `'\\''`)}' ${path}`;
}

/** The command that turns the file into `text`, in the manner this project's agent has. */
export function editCommand(project: Project, file: string, before: string, text: string): string {
  return pick(`${project.name} edits ${file}`, 2) === 0 ? writeFile(file, text) : changeLines(file, before, text);
}

/** The file of a place before it is mended. */
export function before(project: Project, place: number): string {
  const { file } = project.places[place] as Place;
  let text = brokenFiles(project)[file] ?? "";
  for (const earlier of project.places.slice(0, place)) {
    if (earlier.file === file) text = swapped(text, earlier.wrong, earlier.right);
  }
  return text;
}
