import { type EmbeddedStore, openEmbedded } from "@culprit/store";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { wordsOf } from "../../store/queries/words.ts";
import { aRun, aSpan, isoAgo, project, temporaryDirectory } from "./store-rows.ts";

let store: EmbeddedStore;
let remove: () => void;

beforeAll(async () => {
  const [directory, removeDirectory] = temporaryDirectory();
  remove = removeDirectory;
  store = await openEmbedded(directory);
});
afterAll(async () => {
  await store.close();
  remove();
});

async function runThatSays(name: string, says: string, secondsAgo = 60): Promise<string> {
  const run = aRun({ project: name, started_at: isoAgo(secondsAgo) });
  const span = aSpan({ project: name, trace_id: run.trace_id, attributes: { "gen_ai.output.messages": says } });
  await store.insertSpans([span]);
  await store.saveRuns([run]);
  return run.trace_id;
}

const search = async (name: string, text: string, limit = 10) =>
  (await store.searchRuns({ project: name, text, since_seconds: 3600, limit })).map(({ trace_id }) => trace_id);

describe("a search in messages", () => {
  test("finds runs by whole words in any case and order, short texts and long ones, newest first", async () => {
    const name = project();
    const long = await runThatSays(name, `${"nothing here. ".repeat(300)}The Zanzibar ferry is "late", ok?`, 300);
    const short = await runThatSays(name, '[{"content":"late again: the zanzibar-ferry"}]', 100);
    await runThatSays(name, "zanzibars ferrying");
    await runThatSays(project(), "zanzibar ferry late");
    expect(await search(name, "zanzibar")).toEqual([short, long]);
    expect(await search(name, "Ferry ZANZIBAR, late!")).toEqual([short, long]);
    expect(await search(name, "ferry", 1)).toEqual([short]);
    expect(await search(name, "zanzi")).toEqual([]);
    expect(await search(name, "again ok")).toEqual([]);
  });

  test("of other scripts finds them too", async () => {
    const name = project();
    const found = await runThatSays(name, "wynik: zażółć gęślą jaźń");
    expect(await search(name, "gęślą")).toEqual([found]);
  });

  test("leaves out what started earlier, and takes hostile words as words", async () => {
    const name = project();
    await runThatSays(name, "old zanzibar", 7200);
    expect(await search(name, "zanzibar")).toEqual([]);
    expect(await search(name, "'; DROP TABLE spans; -- {word0:String} %_\\")).toEqual([]);
    await expect(search(name, " -- '\" ")).rejects.toMatchObject({ code: "search_empty" });
  });

  test("looks for a few words, each once", () => {
    expect(wordsOf("The cat, the CAT")).toEqual(["the", "cat"]);
    expect(wordsOf("a b c d e f g h i j").length).toBe(8);
    expect(wordsOf("größe_2")).toEqual(["größe", "2"]);
  });
});
