import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { importAll } from "@culprit/analyzers";
import { describe, expect, it } from "vitest";
import { tarOf, zipOf } from "./archive-files.ts";
import { importFixture } from "./import-fixture.ts";

const fixture = importFixture("archives");

const run = (task: string) =>
  JSON.stringify([
    { role: "user", content: task },
    { role: "assistant", content: "```mswea_bash_command\nls\n```" },
    { role: "user", content: "<returncode>0</returncode>\n<output>\na\n</output>" },
  ]);
const event = (id: number, more: object) =>
  JSON.stringify({ id, source: "agent", timestamp: "2026-01-01T00:00:00", ...more });
const events = [
  { name: "s/events/0.json", content: event(0, { action: "run", args: { command: "ls" } }) },
  {
    name: "s/events/1.json",
    content: event(1, { observation: "run", cause: 0, content: "a", extras: { exit_code: 0 } }),
  },
];

describe("archives are looked into where they lie", () => {
  it("zip, tar, tar.gz, a gzipped file, and archives inside archives", async () => {
    const inner = zipOf([{ name: "deep/a.json", content: run("nested") }]);
    const { runs, skipped } = await fixture.import({
      "a.zip": zipOf([{ name: "x/a.json", content: run("zip") }, ...events]),
      "b.tar": tarOf([{ name: "b.json", content: run("tar") }]),
      "c.tar.gz": gzipSync(tarOf([{ name: "c.json", content: run("tar.gz") }])),
      "d.json.gz": gzipSync(run("gz")),
      "e.tar": tarOf([{ name: "inner.zip", content: inner }]),
    });
    expect(skipped).toEqual([]);
    expect(runs.map(({ path }) => path.split("/").slice(4).join("/")).sort()).toEqual(
      [
        "a.zip/s",
        "a.zip/x/a.json",
        "b.tar/b.json",
        "c.tar.gz/c.json",
        "d.json.gz",
        "e.tar/inner.zip/deep/a.json",
      ].sort(),
    );
    expect(runs.map(({ format }) => format).sort()).toEqual([...Array(5).fill("mini-swe-agent"), "openhands"]);
  });

  it("are the same runs inside an archive as outside", async () => {
    const plain = await fixture.import({
      "x/a.json": run("same"),
      "x/s/events/0.json": events[0]?.content,
      "x/s/events/1.json": events[1]?.content,
    });
    const packed = await fixture.import({ "x.zip": zipOf([{ name: "a.json", content: run("same") }, ...events]) });
    expect(packed.runs.map(({ trace_id }) => trace_id).sort()).toEqual(
      plain.runs.map(({ trace_id }) => trace_id).sort(),
    );
  });

  it("names that leave the archive, links, encrypted and broken entries are left out and named", async () => {
    const { runs, codes, skipped } = await fixture.import({
      "bad.zip": zipOf([
        { name: "../../evil.json", content: run("outside") },
        { name: "link.json", link: "/etc/hostname" },
        { name: "secret.json", content: run("secret"), encrypted: true },
        { name: "lies.json", content: run("lies"), claimed: 3 },
        { name: "good.json", content: run("good") },
      ]),
      "bad.tar": tarOf([
        { name: "/abs.json", content: run("abs") },
        { name: "l.json", link: "../x" },
        { name: "fine.json", content: run("fine") },
      ]),
    });
    expect(runs.map(({ path }) => path.split("/").at(-1))).toEqual(["fine.json", "good.json"]);
    expect(codes).toMatchObject({
      "bad.zip": "archive",
      "bad.zip/link.json": "link",
      "bad.zip/secret.json": "encrypted",
      "bad.zip/lies.json": "malformed",
      "bad.tar/l.json": "link",
    });
    expect(skipped.find(({ code }) => code === "archive")?.reason).toContain("outside the archive");
  });

  it("a bomb is refused before it is unpacked, by its ratio and by what all archives unpack to", async () => {
    const zeros = Buffer.alloc(40 * 1024 * 1024, 0x61);
    const { codes } = await fixture.import({
      "bomb.zip": zipOf([{ name: "a.json", content: zeros }]),
      "bomb.json.gz": gzipSync(zeros),
    });
    expect(codes).toEqual({ "bomb.zip/a.json": "unsafe_archive", "bomb.json.gz": "unsafe_archive" });
    const many = zipOf([1, 2, 3].map((n) => ({ name: `${n}.json`, content: run(`${n}`.repeat(4000)) })));
    const bounded = await fixture.import({ "many.zip": many }, { limits: { unpacked_bytes: 10_000 } });
    expect(bounded.runs).toHaveLength(2);
    expect(bounded.codes).toEqual({ "many.zip/3.json": "unsafe_archive" });
  });

  it("depth, number of files and size are bounded, and said", async () => {
    const nested = await fixture.import(
      {
        "a.zip": zipOf([
          {
            name: "b.zip",
            content: zipOf([{ name: "c.zip", content: zipOf([{ name: "x.json", content: run("x") }]) }]),
          },
        ]),
      },
      { limits: { archives: 2 } },
    );
    expect(nested.codes).toEqual({ "a.zip/b.zip/c.zip": "too_deep" });
    const deep = await fixture.import({ "1/2/3/a.json": run("deep") }, { limits: { depth: 2 } });
    expect(deep.codes).toEqual({ "1/2/3": "too_deep" });
    const many = await fixture.import(
      { "a.json": run("a"), "b.json": run("b"), "c.json": run("c") },
      { limits: { entries: 2 } },
    );
    expect([many.runs.length, many.codes]).toEqual([2, { "c.json": "too_many" }]);
    const large = await fixture.import(
      { "a.json": run("a"), "b.json": run("b".repeat(2000)) },
      { limits: { file_bytes: 1000 } },
    );
    expect([large.runs.length, large.codes]).toEqual([1, { "b.json": "too_large" }]);
  });

  it("a truncated archive gives what is whole; other kinds of archives are named", async () => {
    const tar = tarOf([
      { name: "a.json", content: run("a") },
      { name: "b.json", content: run("b".repeat(5000)) },
    ]);
    const zip = zipOf([{ name: "a.json", content: run("z") }]);
    const { runs, codes } = await fixture.import({
      "cut.tar": tar.subarray(0, 1800),
      "cut.tar.gz": gzipSync(tar, { level: 0 }).subarray(0, 1800),
      "cut.zip": zip.subarray(0, zip.length - 30),
      "x.7z": Buffer.from([0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c, 0, 4]),
    });
    expect(runs.map(({ path }) => path.split("/").slice(-2).join("/"))).toEqual(["cut.tar/a.json"]);
    expect(codes).toMatchObject({ "cut.tar": "archive", "cut.zip": "malformed", "x.7z": "unsupported_archive" });
  });
});

describe("what lies around", () => {
  it("links are named and not followed, programs' folders left alone, files beside a run belong to it", async () => {
    const folder = join(fixture.root, "around");
    fixture.write("around/a.json", run("around"));
    fixture.write("around/node_modules/x/b.json", run("module"));
    fixture.write("around/README.md", "# Read me\n\nInput: a file\nOutput: a report\n");
    fixture.write("elsewhere/c.json", run("elsewhere"));
    symlinkSync(join(fixture.root, "elsewhere"), join(folder, "way-out"));
    symlinkSync(folder, join(folder, "loop"));
    const found = await importAll(folder, { everything: true });
    expect(found.runs).toHaveLength(1);
    expect(Object.fromEntries(found.skipped.map(({ path, code }) => [path.slice(folder.length + 1), code]))).toEqual({
      loop: "link",
      node_modules: "ignored",
      "README.md": "no_trajectory",
      "way-out": "link",
    });
    const named = await importAll(join(folder, "way-out"));
    expect(named.runs).toHaveLength(1);
  });
});
