import { readFile } from "node:fs/promises";
import { basename, dirname, isAbsolute, resolve, sep } from "node:path";
import { CulpritError } from "@culprit/schemas";
import { asObject, asText } from "../importers/json-shape.ts";

/** One trajectory that a manifest asks for. */
export interface ManifestRow {
  traj_id: string;
  /** Where it lies, absolute; absent where the row does not say. */
  path?: string;
}

const PATH_KEYS = ["path", "traj_path", "trajectory_path", "annotation_relpath", "relpath", "dir"];

/**
 * A batch's manifest: JSON lines, or a JSON array, of rows with `traj_id` and, where they say it, a path relative to
 * the data or to the manifest.
 *
 * @throws CulpritError `manifest_unreadable`
 */
export async function readManifest(file: string, dataDirectories: readonly string[]): Promise<ManifestRow[]> {
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw unreadable(file, "can't be read", cause);
  });
  const rows = parseRows(text);
  if (rows === undefined) throw unreadable(file, "is neither JSON lines nor a JSON array");
  const found = rows.flatMap((value): ManifestRow[] => {
    const row = asObject(value) ?? {};
    const traj_id = asText(row["traj_id"] ?? row["trajectory_id"] ?? row["instance_id"] ?? row["id"]);
    const given = PATH_KEYS.map((key) => row[key]).find((path) => typeof path === "string" && path !== "");
    if (traj_id === "") return [];
    return [typeof given === "string" ? { traj_id, path: placed(given, file, dataDirectories) } : { traj_id }];
  });
  if (found.length === 0) throw unreadable(file, "names no trajectory: no row has a traj_id");
  return found;
}

function parseRows(text: string): unknown[] | undefined {
  try {
    const whole: unknown = JSON.parse(text);
    return Array.isArray(whole) ? whole : [whole];
  } catch {
    try {
      return text
        .split("\n")
        .filter((line) => line.trim() !== "")
        .map((line) => JSON.parse(line) as unknown);
    } catch {
      return undefined;
    }
  }
}

function placed(path: string, manifest: string, dataDirectories: readonly string[]): string {
  if (isAbsolute(path)) return path;
  const [base = dirname(manifest)] = dataDirectories;
  return resolve(base, path);
}

function unreadable(file: string, what: string, cause?: unknown): CulpritError {
  return new CulpritError("manifest_unreadable", `The manifest ${file} ${what}.`, {
    mend: "Give JSON lines with traj_id in each.",
    cause,
  });
}

/**
 * The row that a run answers: by its path, else by its id, which is a whole folder or file name of the path. A
 * manifest's own wording decides the order; undefined where no row asks for the run.
 */
export function rowOf(rows: readonly ManifestRow[], run: { path: string; name: string }): ManifestRow | undefined {
  const absolute = resolve(run.path.split("#")[0] ?? "");
  const names = new Set([
    run.name,
    ...(run.path.split("#")[1] ?? "").split("#"),
    ...absolute.split(sep).flatMap((part) => [part, part.replace(/(?:\.traj)?\.\w+$/, "")]),
  ]);
  return rows.find(
    ({ path, traj_id }) =>
      (path !== undefined && (absolute === path || absolute.startsWith(`${path}${sep}`))) || names.has(traj_id),
  );
}

/** Names that say what a file is and not which run it holds. */
const GENERIC = new Set(
  "mini trajectory output results result events session sessions agent agent-logs logs run traj event_cache".split(" "),
);

/** `…/django__django-1/agent-logs/mini.traj.json` → `django__django-1`; `file.jsonl#key` → `file-key`. */
export function runName(path: string): string {
  const [file = "", key] = path.split("#");
  let name = basename(file).replace(/(?:\.traj)?\.(?:json|jsonl|traj|parquet|txt|log|gz)$/i, "");
  let above = dirname(file);
  while (GENERIC.has(name.toLowerCase()) && basename(above) !== "" && basename(above) !== ".") {
    name = basename(above);
    above = dirname(above);
  }
  const whole = key === undefined ? name : `${name}-${key}`;
  return (
    whole
      .replace(/[^\w.-]+/g, "_")
      .replace(/^\.+/, "_")
      .slice(0, 120) || "run"
  );
}
