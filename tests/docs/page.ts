import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../..");

/** A fenced block of a page that names a file: ` ```ts file=quick.ts `. */
export interface Block {
  language: string;
  file: string;
  text: string;
}

/** The blocks of a page that can be run, in order. A block of code without a file is an error: nobody would run it. */
export function blocksOf(page: string, languages: readonly string[] = ["ts", "js", "python"]): Block[] {
  const text = readFileSync(join(ROOT, page), "utf8");
  return [...text.matchAll(/^```(\w+)(?: file=(\S+))?\n(.*?)^```$/gms)].flatMap(
    ([, language = "", file, code = ""]) => {
      if (!languages.includes(language)) return [];
      if (file === undefined) throw new Error(`A ${language} block of ${page} names no file: ${code.slice(0, 60)}`);
      return [{ language, file, text: code }];
    },
  );
}

/** How a program ended and all it wrote. */
export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** The blocks of a page as programs on disk. */
export interface Programs {
  directory: string;
  /** Runs one of them. `runtime` is what a block that is not TypeScript or JavaScript runs with, such as a Python. */
  run(file: string, options?: { env?: NodeJS.ProcessEnv; args?: string[]; runtime?: string }): Promise<Ended>;
  remove(): void;
}

/**
 * Writes blocks into a directory of their own inside the repository, where its packages are found, and compiles the
 * TypeScript among them as strictly as the repository itself.
 *
 * @throws Error with what the compiler said
 */
export function programsOf(blocks: readonly Block[]): Programs {
  mkdirSync(join(ROOT, ".cache"), { recursive: true });
  const directory = mkdtempSync(join(ROOT, ".cache/docs-"));
  const remove = () => rmSync(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  writeFileSync(join(directory, "package.json"), '{ "type": "module" }');
  for (const { file, text } of blocks) writeFileSync(join(directory, file), text);
  const typed = blocks.filter(({ language }) => language === "ts").map(({ file }) => file);
  if (typed.length > 0) {
    const compilerOptions = { composite: false, sourceMap: false, rootDir: ".", outDir: "." };
    const config = { extends: "../../tsconfig.base.json", compilerOptions, files: typed };
    writeFileSync(join(directory, "tsconfig.json"), JSON.stringify(config));
    const compiler = spawnSync(join(ROOT, "node_modules/.bin/tsc"), ["-p", directory], { encoding: "utf8" });
    if (compiler.status !== 0) {
      remove();
      throw new Error(`The blocks do not compile:\n${compiler.stdout}${compiler.stderr}`);
    }
  }
  return {
    directory,
    remove,
    run: (file, { env = {}, args = [], runtime = process.execPath } = {}) => {
      const program = join(directory, file.replace(/\.ts$/, ".js"));
      const child = spawn(runtime, [program, ...args], { cwd: directory, env: { PATH: process.env["PATH"], ...env } });
      const ended: Ended = { code: null, stdout: "", stderr: "" };
      child.stdout.on("data", (piece) => (ended.stdout += piece));
      child.stderr.on("data", (piece) => (ended.stderr += piece));
      return new Promise((resolve, reject) => {
        child.once("error", reject);
        child.once("close", (code) => resolve({ ...ended, code }));
      });
    },
  };
}
