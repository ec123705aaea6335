import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const CACHE = join(import.meta.dirname, "..", "..", ".cache", "python");

/**
 * A Python environment with exactly the packages of a requirements file, made from the registry once and kept under
 * `.cache/` by a hash of that file. Without Python or the registry it is an error, unless `CULPRIT_OFFLINE=1` says that
 * there is no network.
 *
 * @returns its interpreter; offline and not made before: undefined, with one printed line
 */
export async function pythonFor(
  name: string,
  requirements: string,
  { installMs = 300_000 }: { installMs?: number } = {},
): Promise<string | undefined> {
  const wanted = readFileSync(requirements, "utf8");
  const hash = createHash("sha256").update(wanted).digest("hex").slice(0, 12);
  const home = join(CACHE, `${name}-${hash}`);
  const python = join(home, process.platform === "win32" ? "Scripts/python.exe" : "bin/python");
  const done = join(home, "installed.txt");
  if (existsSync(done) && existsSync(python)) return python;
  if (process.env["CULPRIT_OFFLINE"] === "1") {
    process.stdout.write(`skipped, CULPRIT_OFFLINE=1 and no Python environment for ${name} yet\n`);
    return undefined;
  }
  try {
    for (const old of existsSync(CACHE) ? readdirSync(CACHE) : []) {
      if (old.slice(0, -hash.length) === `${name}-`) rmSync(join(CACHE, old), { recursive: true, force: true });
    }
    mkdirSync(CACHE, { recursive: true });
    await run("python3", ["-m", "venv", home], { timeout: 120_000 });
    const quiet = ["--quiet", "--disable-pip-version-check", "--no-input", "--no-compile", "--only-binary", ":all:"];
    await run(python, ["-m", "pip", "install", ...quiet, "-r", requirements], { timeout: installMs });
    writeFileSync(`${done}.new`, wanted);
    renameSync(`${done}.new`, done);
    return python;
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    const why = text.split("\n").filter((line) => line.trim() !== "");
    throw new Error(
      `No Python environment for ${name} (${why.slice(0, 3).join(" ").slice(0, 400)}). It needs python3 with venv and the package registry; CULPRIT_OFFLINE=1 skips it.`,
      { cause: error },
    );
  }
}
