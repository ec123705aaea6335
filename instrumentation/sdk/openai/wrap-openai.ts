import { chatProtocol } from "./chat-protocol.ts";
import type { Protocol } from "./protocol.ts";
import { responsesProtocol } from "./responses-protocol.ts";
import { type Create, tracedCreate } from "./traced-create.ts";

const WRAPPED = Symbol.for("culprit.wrapped");

/**
 * What is needed of an `openai` client. Structural: the class has private members, so that a client of another copy
 * or major of the package is no `OpenAI` to the compiler.
 */
export interface OpenAIClient {
  readonly baseURL: string;
  readonly chat: { readonly completions: ModelResource };
  /** Missing where the package or the server is older than the responses API. */
  readonly responses?: ModelResource;
  withOptions(options: never): unknown;
}

interface ModelResource {
  create(body: never, options?: never): unknown;
}

/**
 * Traces the model calls of an `openai` client, chat completions and responses: every call is one `chat MODEL` span
 * with the messages, the answer, tokens and finish reasons; streams are read along while the caller reads them. The
 * client is changed in place and returned, so its helpers (`stream`, `parse`, `runTools`) and clients derived with
 * `withOptions` are traced too. What the caller gets does not change. Wrapping twice is the same as once.
 *
 * Inside a replay the answer may come from the record; then nothing is sent.
 */
export function wrapOpenAI<Client extends OpenAIClient>(client: Client): Client {
  if (WRAPPED in client) return client;
  Object.defineProperty(client, WRAPPED, { value: true });
  const derive = client.withOptions.bind(client) as Derive;
  trace(client, derive, (of) => of.chat.completions, chatProtocol);
  trace(client, derive, (of) => of.responses, responsesProtocol);
  replace(client, "withOptions", (options: object) => wrapOpenAI(derive(options)));
  return client;
}

/** A client like this one with other options. */
type Derive = (options: object) => OpenAIClient;

function trace<Body, Answer, Piece>(
  client: OpenAIClient,
  derive: Derive,
  resource: (client: OpenAIClient) => ModelResource | undefined,
  protocol: Protocol<Body, Answer, Piece>,
): void {
  const own = resource(client);
  if (own === undefined) return;
  const live = createOf<Body, Answer, Piece>(own);
  const local = (response: () => Response): Create<Body, Answer, Piece> => {
    const offline = derive({ fetch: async () => response(), maxRetries: 0 });
    return createOf(resource(offline) ?? own);
  };
  replace(own, "create", tracedCreate({ client, protocol, live, local }));
}

/** The overloads of `create` as the one function they are. */
function createOf<Body, Answer, Piece>(resource: ModelResource): Create<Body, Answer, Piece> {
  return (resource.create as unknown as Create<Body, Answer, Piece>).bind(resource);
}

function replace(target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, configurable: true, writable: true });
}
