import { type Context, createContextKey, ROOT_CONTEXT } from "@opentelemetry/api";
import { expect, it } from "vitest";
import { LayeredContext } from "../../../instrumentation/sdk/layered-context.ts";

const keys = Array.from({ length: 5 }, (_, n) => createContextKey(`layered test ${n}`));

it("holds what the API's own contexts hold, however deep", () => {
  let layered: Context = new LayeredContext(ROOT_CONTEXT.setValue(keys[0] as symbol, "below"), keys[1] as symbol, 1);
  let plain = ROOT_CONTEXT.setValue(keys[0] as symbol, "below").setValue(keys[1] as symbol, 1);
  let state = 7;
  for (let n = 0; n < 300; n++) {
    state = (state * 48_271) % 2_147_483_647;
    const key = keys[state % keys.length] as symbol;
    const [before, was] = [layered, plain.getValue(key)];
    if (state % 7 === 0) [layered, plain] = [layered.deleteValue(key), plain.deleteValue(key)];
    else [layered, plain] = [layered.setValue(key, n), plain.setValue(key, n)];
    for (const each of keys) expect(layered.getValue(each)).toBe(plain.getValue(each));
    expect(before.getValue(key)).toBe(was);
  }
});
