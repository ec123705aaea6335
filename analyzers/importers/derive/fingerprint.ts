import { createHash } from "node:crypto";
import type { SourceFile } from "../format.ts";
import { asObject } from "../json-shape.ts";

const SAMPLE_TURNS = 50;
const SAMPLE_LINES = 400;
const DEEPEST = 6;

/**
 * What makes files of one format equal, whatever they say: of JSON the paths of its keys and the kinds of their values, of
 * a log the shapes in which its lines begin. 16 hex digits.
 */
export function formatFingerprint(file: SourceFile): string {
  const shapes = new Set<string>();
  if (file.records !== undefined)
    for (const record of file.records.slice(0, SAMPLE_TURNS)) jsonShape(record, "lines", shapes, 0);
  else if (file.json !== undefined) jsonShape(file.json, "", shapes, 0);
  else textShapes(file.text, shapes);
  return createHash("sha256")
    .update([...shapes].sort().join("\n"))
    .digest("hex")
    .slice(0, 16);
}

function jsonShape(value: unknown, path: string, shapes: Set<string>, depth: number): void {
  if (depth > DEEPEST || shapes.size > 2000) return;
  if (Array.isArray(value)) {
    for (const item of value.slice(0, SAMPLE_TURNS)) jsonShape(item, `${path}[]`, shapes, depth + 1);
    return;
  }
  const object = asObject(value);
  if (object === undefined) {
    shapes.add(`${path}:${value === null ? "null" : typeof value}`);
    return;
  }
  const keys = Object.keys(object);
  // Keys that count or name things are data, not form.
  const counted = keys.length > 2 && keys.every((key) => /^\W?\D{0,8}\d+$/.test(key));
  for (const key of keys.slice(0, 200)) jsonShape(object[key], `${path}.${counted ? "#" : key}`, shapes, depth + 1);
}

function textShapes(text: string, shapes: Set<string>): void {
  const counts = new Map<string, number>();
  for (const line of text
    .slice(0, 64 * 1024)
    .split(/\r?\n/)
    .slice(0, SAMPLE_LINES)) {
    // What a line begins with up to the text: digits are digits, words words.
    const start = /^[^A-Za-z0-9\s]*[\w ./-]{0,40}?[^\w ./-]{1,4}/.exec(line.trim())?.[0] ?? "";
    const shape = start.replace(/\d+/g, "0").replace(/\s+/g, " ");
    if (shape !== "") counts.set(shape, (counts.get(shape) ?? 0) + 1);
  }
  for (const [shape, count] of counts) if (count > 1) shapes.add(shape);
  // A text without any form of its own is its own format.
  if (shapes.size === 0) shapes.add(text.slice(0, 2000));
}
