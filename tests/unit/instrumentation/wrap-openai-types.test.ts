import { wrapOpenAI } from "@culprit/instrumentation";
import OpenAI from "openai";
import { expect, expectTypeOf, it } from "vitest";

/**
 * The client's surface as another copy of the package declares it: same members, its own private ones, so that it
 * is no `OpenAI` to the compiler.
 */
class OtherCopy {
  #options = { baseURL: "http://127.0.0.1:9/v1" };
  baseURL = this.#options.baseURL;
  chat = { completions: { create: async (body: { model: string }) => ({ model: body.model }) } };
  withOptions(_options: Partial<{ fetch: unknown; maxRetries: number }>): this {
    return this;
  }
}

class OtherCopyWithResponses extends OtherCopy {
  responses = { create: async (body: { input: string }) => body.input };
}

it("takes a client of any copy of the package and gives it back as what it was", () => {
  const client = new OtherCopy();
  expect(wrapOpenAI(client)).toBe(client);
  expectTypeOf(wrapOpenAI<OtherCopy>).returns.toEqualTypeOf<OtherCopy>();
  expectTypeOf(wrapOpenAI<OtherCopyWithResponses>).returns.toEqualTypeOf<OtherCopyWithResponses>();
  expectTypeOf(wrapOpenAI<OpenAI>).returns.toEqualTypeOf<OpenAI>();
  expectTypeOf(wrapOpenAI(new OpenAI({ apiKey: "scripted" })).chat.completions.create).toEqualTypeOf<
    OpenAI["chat"]["completions"]["create"]
  >();
});

it("is not for what is no client", () => {
  const { chat, baseURL, withOptions } = new OtherCopy();
  // @ts-expect-error no model can be called through it
  const nothing = () => wrapOpenAI({ baseURL, withOptions });
  // @ts-expect-error no other client can be derived from it, which answers from a record need
  const plain = () => wrapOpenAI({ chat, baseURL });
  // @ts-expect-error its `create` is no function
  const wrong = () => wrapOpenAI({ baseURL, withOptions, chat: { completions: { create: 1 } } });
  for (const refused of [nothing, plain, wrong]) expect(refused).toBeTypeOf("function");
});
