// Installs and builds what is missing and skips what is there. Plain JavaScript without dependencies: it runs
// on a fresh clone before anything is installed. Everything it prints goes to stderr.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

function say(line) {
  process.stderr.write(`${line}\n`);
}

function requireNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  say(`Culprit needs Node 20.19 or newer; this is ${process.version}. Install a newer Node and run the command again.`);
  process.exit(1);
}

function run(what, command, args) {
  const started = Date.now();
  say(`${what} …`);
  const child = spawnSync(command, args, { cwd: root, stdio: ["ignore", 2, 2], shell: process.platform === "win32" });
  if (child.status !== 0) {
    say(`${what} failed (${[command, ...args].join(" ")}).`);
    process.exit(child.status ?? 1);
  }
  say(`${what}: ${((Date.now() - started) / 1000).toFixed(1)} s`);
}

/** Runs `work` unless `outputs` are all there and the hash of `inputs` is the one stamped after the last success. */
function unlessStamped(stamp, inputs, outputs, work) {
  const hash = createHash("sha256");
  for (const file of inputs) hash.update(file).update(readFileSync(file));
  const digest = hash.digest("hex");
  const stamped = existsSync(stamp) && readFileSync(stamp, "utf8") === digest;
  if (stamped && outputs.every((output) => existsSync(output))) return;
  work();
  writeFileSync(stamp, digest);
}

/** Whether what npm installed here, by this script or by hand, is what the lock file asks for. */
function isInstalled() {
  const installed = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(installed)) return false;
  const wanted = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  const present = JSON.parse(readFileSync(installed, "utf8")).packages;
  return Object.entries(wanted).every(
    ([path, entry]) =>
      !path.startsWith("node_modules/") || entry.optional || entry.link || present[path]?.version === entry.version,
  );
}

function filesUnder(directory) {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name === "dist" || entry.name === "node_modules" || entry.name.startsWith(".")) return [];
    const path = join(directory, entry.name);
    return entry.isDirectory() ? filesUnder(path) : [path];
  });
}

requireNode();
if (!isInstalled()) {
  run("Installing dependencies", "npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
}
const workspaces = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).workspaces;
const sources = workspaces.flatMap((room) => filesUnder(join(root, room))).filter((file) => !file.endsWith(".md"));
const compiled = [
  ...workspaces.filter((room) => room !== "web").map((room) => join(root, room, "dist", "tsconfig.tsbuildinfo")),
  join(root, "web", "dist", "index.html"),
];
const inputs = [...sources, join(root, "tsconfig.base.json")].sort();
unlessStamped(join(root, "node_modules", ".culprit-built"), inputs, compiled, () => {
  run("Compiling", join(root, "node_modules", ".bin", "tsc"), ["-b"]);
  run("Building the page", "npm", ["run", "build", "--workspace", "web", "--silent"]);
});
