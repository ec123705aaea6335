// Finds a Chromium for the end-to-end tests, or makes one available where it may: CULPRIT_CHROMIUM, the PATH, the
// binary shipped in the registry package @sparticuz/chromium, and, as root on Debian or Ubuntu, the distribution's.
// Run by itself it prints the path, or one line that says what could not be had.
import { spawn, spawnSync } from "node:child_process";
import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { createBrotliDecompress } from "node:zlib";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome-headless-shell"];
const PROBE_MS = 30_000;
const APT_MS = 300_000;

/** Quiet, offline and throw-away; `--no-sandbox` only for root, whom Chromium refuses otherwise. */
export const CHROMIUM_ARGS = [
  "--headless",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
];

/**
 * A Chromium that really starts, without installing anything.
 *
 * @returns {Promise<{path: string, from: string, env: Record<string, string>} | {reason: string}>} `env` is what the
 * binary needs beside the process's own environment
 */
export async function findChromium() {
  const tried = [];
  // A person who names one means that one.
  const candidates = process.env["CULPRIT_CHROMIUM"] ? [fromEnvironment] : [fromPath, fromPackage];
  for (const candidate of candidates) {
    const found = await candidate();
    if (found === undefined) continue;
    const broken = found.reason ?? (await whyBroken(found));
    if (broken === undefined) return found;
    tried.push(broken);
  }
  return { reason: tried.length > 0 ? tried.join("; ") : "none on this machine" };
}

/**
 * {@link findChromium}, then Debian's package when this is root on Debian or Ubuntu. Takes minutes at most, asks nothing.
 *
 * @returns what `findChromium` does; `reason` is one line
 */
export async function ensureChromium() {
  const found = await findChromium();
  if ("path" in found) return found;
  if (process.env["CULPRIT_CHROMIUM"]) return { reason: `No Chromium: ${found.reason}.` };
  const refused = installFromDebian();
  const again = refused === undefined ? await findChromium() : { reason: `${found.reason}; ${refused}` };
  if ("path" in again) return again;
  return { reason: `No Chromium: ${again.reason}. Set CULPRIT_CHROMIUM to one.`.replaceAll("\n", " ") };
}

function fromEnvironment() {
  const path = process.env["CULPRIT_CHROMIUM"] ?? "";
  return existsSync(path)
    ? { path, from: "CULPRIT_CHROMIUM", env: {} }
    : { reason: `CULPRIT_CHROMIUM=${path} is not there` };
}

function fromPath() {
  for (const directory of (process.env["PATH"] ?? "").split(":").filter(Boolean)) {
    for (const name of NAMES) {
      const path = join(directory, name);
      if (existsSync(path)) return { path, from: "PATH", env: {} };
    }
  }
  return undefined;
}

/** The package ships a headless Chromium for 64-bit x86 Linux as Brotli files; they are unpacked once, beside it. */
async function fromPackage() {
  const face = "@sparticuz/chromium";
  if (process.platform !== "linux" || process.arch !== "x64") {
    return { reason: `${face} ships none for ${process.platform} ${process.arch}` };
  }
  let home;
  try {
    home = join(dirname(createRequire(import.meta.url).resolve(face)), "..", "..");
  } catch {
    return { reason: `${face} is not installed` };
  }
  const { version } = JSON.parse(readFileSync(join(home, "package.json"), "utf8"));
  const cache = join(root, "node_modules", ".cache", `culprit-chromium-${version}`);
  try {
    if (!existsSync(cache)) await unpack(join(home, "bin"), cache);
  } catch (error) {
    return { reason: `${face} could not be unpacked (${error.message})` };
  }
  // The system's own libraries and fonts where it has them; a bare container has neither.
  const env = {};
  if (!existsSync("/etc/fonts/fonts.conf")) env["FONTCONFIG_PATH"] = cache;
  if (missesLibraries(join(cache, "chromium"))) {
    env["LD_LIBRARY_PATH"] = [join(cache, "lib"), process.env["LD_LIBRARY_PATH"]].filter(Boolean).join(":");
  }
  return { path: join(cache, "chromium"), from: `${face} ${version}`, env };
}

/** Into a directory of its own, then renamed: a run that was cut short leaves nothing half-made behind. */
async function unpack(bin, cache) {
  const fresh = `${cache}.${process.pid}`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true });
  const inflate = (name, target, mode) =>
    pipeline(createReadStream(join(bin, name)), createBrotliDecompress(), createWriteStream(target, { mode }));
  try {
    await inflate("chromium.br", join(fresh, "chromium"), 0o755);
    for (const archive of ["swiftshader.tar", "al2023.tar", "fonts.tar"]) {
      await inflate(`${archive}.br`, join(fresh, archive), 0o644);
      const child = spawnSync("tar", ["-xf", join(fresh, archive), "-C", fresh, "--no-same-owner"]);
      if (child.status !== 0) throw new Error(`tar: ${child.stderr ?? child.error}`);
      rmSync(join(fresh, archive));
    }
    const fonts =
      '<fontconfig><dir prefix="relative">fonts</dir><cachedir prefix="xdg">fontconfig</cachedir></fontconfig>';
    writeFileSync(join(fresh, "fonts.conf"), `${fonts}\n`);
    try {
      renameSync(fresh, cache);
    } catch (error) {
      // Another process was first.
      if (!existsSync(cache)) throw error;
    }
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

function missesLibraries(binary) {
  const child = spawnSync("ldd", [binary], { encoding: "utf8", timeout: PROBE_MS });
  return child.status !== 0 || child.stdout.includes("not found");
}

/** Starts it for real; undefined when it drew a page. */
async function whyBroken({ path, from, env }) {
  const profile = mkdtempSync(join(tmpdir(), "culprit-chromium-"));
  const args = [...CHROMIUM_ARGS, `--user-data-dir=${profile}`, "--remote-debugging-port=0", "about:blank"];
  const child = spawn(path, args, {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, ...env },
    detached: true,
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text) => {
    said = (said + text).slice(-4000);
  });
  let ended;
  const gone = new Promise((resolve) => {
    const end = (how) => {
      ended ??= how;
      resolve();
    };
    child.once("error", (error) => end(error.message));
    child.once("exit", (code, signal) => end(`ended with ${code ?? signal}`));
  });
  try {
    const deadline = Date.now() + PROBE_MS;
    while (ended === undefined && Date.now() < deadline) {
      const port = /DevTools listening on ws:\/\/127\.0\.0\.1:(\d+)\//.exec(said)?.[1];
      if (port !== undefined && (await drew(port))) return undefined;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const last = said.trim().split("\n").at(-1)?.slice(0, 200);
    return `${from} does not start (${[ended ?? "drew nothing in time", last].filter(Boolean).join(": ")})`;
  } finally {
    if (ended === undefined && child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    await gone;
    rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

async function drew(port) {
  const options = { signal: AbortSignal.timeout(5000) };
  try {
    const base = `http://127.0.0.1:${port}/json`;
    const list = await (await fetch(`${base}/list`, options)).json();
    if (list.some(({ title }) => title === "drawn")) return true;
    await fetch(`${base}/new?data:text/html,<title>drawn</title>`, { method: "PUT", ...options });
  } catch {
    // Not ready yet.
  }
  return false;
}

/** Undefined when apt installed it, else why not. */
function installFromDebian() {
  if (process.getuid?.() !== 0) return "apt needs root";
  const release = existsSync("/etc/os-release") ? readFileSync("/etc/os-release", "utf8") : "";
  // Ubuntu's package of that name is a snap, which containers can't run: the probe that follows says so.
  if (!/^ID(_LIKE)?=.*debian/m.test(release)) return "apt is only tried on Debian and Ubuntu";
  process.stderr.write("Installing Chromium with apt …\n");
  const options = { encoding: "utf8", timeout: APT_MS, env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } };
  const wait = ["-o", "DPkg::Lock::Timeout=300"];
  spawnSync("apt-get", ["update", "-qq", ...wait], options);
  const child = spawnSync("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...wait, "chromium"], options);
  if (child.status !== 0) {
    const said = (child.error?.message ?? child.stderr ?? "").trim().split("\n").at(-1)?.slice(0, 200) ?? "";
    return `apt-get install failed (${said})`;
  }
  return undefined;
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const found = await ensureChromium();
  process.stdout.write("path" in found ? `${found.path} (${found.from})\n` : `${found.reason}\n`);
  process.exitCode = "path" in found || process.env["CI"] !== "true" ? 0 : 1;
}
