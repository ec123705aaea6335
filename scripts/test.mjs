// The one test command: lint with the room arrows, types, every test. Extra arguments go to vitest.
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const bin = (name) => join(root, "node_modules", ".bin", name);

const stages = [
  ["Lint", bin("biome"), ["ci", "--colors=off", "."]],
  ["Types", bin("tsc"), ["-b"]],
  ["Types of the tests", bin("tsc"), ["-p", "tests"]],
  ["Browser", process.execPath, [join(root, "scripts", "chromium.mjs")]],
  ["Tests", bin("vitest"), ["run", ...process.argv.slice(2)]],
];
for (const [name, command, args] of stages) {
  process.stdout.write(`\n# ${name}\n`);
  const child = spawnSync(command, args, { cwd: root, stdio: ["ignore", "inherit", "inherit"] });
  if (child.status !== 0) {
    process.stdout.write(`${name} failed.\n`);
    process.exit(child.status ?? 1);
  }
}
