import { execFile } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const CACHE = join(import.meta.dirname, "..", "..", ".cache", "python");

/**
 * A Python environment with packages from the registry, made once and kept under `.cache/`, which git ignores.
 *
 * @returns its interpreter, or undefined with one printed line when Python or the registry can't be had; with `CI=true`
 *   that is an error
 */
export async function pythonWith(name: string, packages: readonly string[]): Promise<string | undefined> {
  const home = join(CACHE, name);
  const python = join(home, process.platform === "win32" ? "Scripts/python.exe" : "bin/python");
  const done = join(home, "installed.json");
  const wanted = JSON.stringify(packages);
  if (existsSync(done) && existsSync(python)) return python;
  try {
    rmSync(home, { recursive: true, force: true });
    mkdirSync(CACHE, { recursive: true });
    await run("python3", ["-m", "venv", home], { timeout: 120_000 });
    const quiet = ["--quiet", "--disable-pip-version-check", "--no-input", "--only-binary", ":all:"];
    await run(python, ["-m", "pip", "install", ...quiet, ...packages], { timeout: 300_000 });
    writeFileSync(`${done}.new`, wanted);
    renameSync(`${done}.new`, done);
    return python;
  } catch (error) {
    const why = (error instanceof Error ? error.message : String(error)).split("\n").find((line) => line !== "") ?? "";
    if (process.env["CI"] === "true") throw new Error(`no Python environment for ${name}: ${why}`, { cause: error });
    process.stdout.write(`skipped, no Python environment for ${name}: ${why.slice(0, 200)}\n`);
    return undefined;
  }
}
