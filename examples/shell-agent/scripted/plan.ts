import { SUBMIT_MARKER } from "@culprit/analyzers";
import type { Project } from "../projects/project.ts";
import { testCommand } from "../repository.ts";
import { before, editCommand, mended, pick } from "./edits.ts";

/** One thing an agent does, and what of the plan is done with it. */
export interface Act {
  thought: string;
  command: string;
  /** Keys of the plan that count as done after it. */
  counts: readonly string[];
}

/** A step of the plan: its key and the right act. */
export interface Planned extends Act {
  key: string;
}

const WORDINGS: Record<string, readonly string[]> = {
  look: ["Let me see what is in the repository.", "I start with a look around.", "First, the layout of the project."],
  readme: ["The README may say how it is meant to work.", "I read the README first."],
  search: ["Where is {word} defined and used?", "I look for {word}.", "Let me find {word} in the sources."],
  read: ["I read {file} as a whole.", "Now the code itself: {file}.", "Let me read {file}."],
  tests: ["What do the tests cover?", "I look at the tests."],
  reproduce: ["I run the tests before I change anything.", "What do the tests say now?"],
  edit: ["I mend {file}.", "The bug is in {file}; here is the fix.", "This is the change that {file} needs."],
  verify: ["I run the tests again.", "Do the tests pass now?", "Let me check the change with the tests."],
  review: ["I look at the whole change once more.", "Let me review the diff."],
  submit: ["It is done; I submit.", "The change is complete."],
};

/** What a flawless agent does with a project, in order. */
export function planOf(project: Project): Planned[] {
  const { name, word, places, language } = project;
  const source = language === "py" ? name.replaceAll("-", "_") : "src";
  const [place] = places;
  const tests = Object.keys(project.files).filter((path) => path.startsWith("test"));
  const act = (key: string, command: string, file: string = place.file): Planned => {
    const wordings = WORDINGS[key.split(":")[0] ?? ""] ?? [""];
    const wording = wordings[pick(`${name} ${key}`, wordings.length)] ?? "";
    return { key, thought: wording.replace("{word}", word).replace("{file}", file), command, counts: [key] };
  };
  const optional = (key: string) => pick(`${name} does ${key}`, 2) === 0;
  return [
    act("look", pick(`${name} looks`, 2) === 0 ? "ls -R | grep -v pycache" : "git log --oneline && ls"),
    ...(optional("readme") ? [act("readme", "cat README.md")] : []),
    act("search", `grep -rn "${word}" ${source}`),
    act("read", `cat ${place.file}`),
    ...(optional("tests") ? [act("tests", `cat ${tests[0] ?? "test/*"}`)] : []),
    ...(project.loud || optional("reproduce") ? [act("reproduce", testCommand(project, "test"))] : []),
    ...places.flatMap(({ file }, at) => [
      act(`edit:${at}`, editCommand(project, file, before(project, at), mended(project, at).text), file),
      act(`verify:${at}`, testCommand(project, "test")),
    ]),
    ...(optional("review") ? [act("review", "git diff")] : [act("review", "git status --short")]),
    act("submit", `echo ${SUBMIT_MARKER}`),
  ];
}

/** What it does when the tests still fail although everything is mended: starts over from the commit. */
export function repairOf(project: Project): Act {
  const files = [...new Set(project.places.map(({ file }) => file))];
  const commands = files.map((file) => {
    const last = project.places.findLastIndex((place) => place.file === file);
    const { text } = mended(project, last);
    return `cat > ${file} <<'EOF'\n${text.endsWith("\n") ? text : `${text}\n`}EOF`;
  });
  return {
    thought: "The tests still fail, so something of my change is wrong. I start over from the commit.",
    command: ["git checkout -- .", ...commands].join("\n"),
    counts: [],
  };
}
