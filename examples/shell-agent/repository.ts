import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Project } from "./projects/project.ts";

/** A project on disk. */
export interface Repository {
  /** The git repository, its one commit the broken project. */
  base: string;
  commit: string;
  /** A folder with the hidden tests, to be copied over a workspace before the check. */
  checkFiles: string;
  /** Decides the outcome, run in a workspace with the hidden tests. */
  check: string;
  remove(): void;
}

/** A project's files as they are in the repository: broken. */
export function brokenFiles({ files, places }: Project): Record<string, string> {
  const broken = { ...files };
  for (const { file, right, wrong } of places) broken[file] = swapped(broken[file] ?? "", right, wrong);
  return broken;
}

/** @throws TypeError when `from` is not there exactly once */
export function swapped(text: string, from: string, to: string): string {
  if (text.split(from).length !== 2) throw new TypeError(`It is not there once: ${from}`);
  return text.replace(from, () => to);
}

/** What runs the tests of a folder. */
export function testCommand(project: Project, folder: "test" | "check"): string {
  if (project.language === "py") return `python3 -m unittest discover -s ${folder} -t .`;
  const files = folder === "check" ? project.hidden : project.files;
  return Object.keys(files)
    .filter((path) => path.startsWith(`${folder}/`))
    .map((path) => `node ${path}`)
    .join(" && ");
}

const WHEN = "2026-01-05T09:00:00Z";
const WHO = { name: "Example", email: "example@example.invalid" };

/** Makes a project's git repository below a folder; the same files always give the same commit. */
export function makeRepository(project: Project, under: string): Repository {
  const holder = join(under, project.name);
  const base = join(holder, "repository");
  if (existsSync(base)) rmSync(base, { recursive: true });
  const checkFiles = join(holder, "check-files");
  writeAll(base, { ...brokenFiles(project), ...manifest(project) });
  writeAll(checkFiles, { ...project.hidden, ...(project.language === "py" ? { "check/__init__.py": "" } : {}) });
  const env = {
    ...process.env,
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CONFIG_SYSTEM: "/dev/null",
    GIT_AUTHOR_NAME: WHO.name,
    GIT_AUTHOR_EMAIL: WHO.email,
    GIT_COMMITTER_NAME: WHO.name,
    GIT_COMMITTER_EMAIL: WHO.email,
    GIT_AUTHOR_DATE: WHEN,
    GIT_COMMITTER_DATE: WHEN,
  };
  const git = (...given: string[]) => execFileSync("git", given, { cwd: base, env, encoding: "utf8" }).trim();
  git("init", "--quiet", "--initial-branch=main", "--template=");
  git("add", "--all");
  git("commit", "--quiet", "--message", `${project.name} 1.2.0`);
  return {
    base,
    commit: git("rev-parse", "HEAD"),
    checkFiles,
    check: testCommand(project, "check"),
    remove: () => rmSync(holder, { recursive: true, force: true }),
  };
}

function manifest(project: Project): Record<string, string> {
  if (project.language === "py") return { "test/__init__.py": "" };
  const content = { name: project.name, version: "1.2.0", private: true, type: "module" };
  return { "package.json": `${JSON.stringify(content, null, 2)}\n` };
}

function writeAll(folder: string, files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}
