import { z } from "zod";

/** Body fields that hold a server to JSON of this shape: OpenAI's `response_format`, which vLLM and SGLang take too. */
export function jsonConstraint(schema: z.ZodType): object {
  const json = z.toJSONSchema(schema, { io: "input" });
  delete json.$schema;
  return { response_format: { type: "json_schema", json_schema: { name: "answer", schema: json } } };
}
