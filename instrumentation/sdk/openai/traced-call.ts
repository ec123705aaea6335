import type { APIPromise } from "openai/core/api-promise";

/** Told what became of one API call; `data` may put something in the place of a stream to watch it. */
export interface CallObserver<Data> {
  data(data: Data): Data;
  /** The caller asked for the raw response; its body belongs to the caller. */
  response(response: Response): void;
  failed(error: unknown): void;
}

/** A call that was made, or that is made once it is decided. Boxed, because a promise of a promise would be read at once. */
export type Call<Data> = { api: APIPromise<Data> } | Promise<{ api: APIPromise<Data> }>;

/**
 * What a traced method returns: the surface of the client's own `APIPromise` over a call that may first have to be
 * decided on (a replay answers asynchronously). Like the original it reads the body only when somebody awaits it.
 */
export class TracedCall<Data> extends Promise<Data> {
  readonly #call: Call<Data>;
  readonly #observer: CallObserver<Data> | undefined;
  readonly #derive: (() => Promise<Data>) | undefined;
  #settled: Promise<Data> | undefined;

  constructor(call: Call<Data>, observer: CallObserver<Data> | undefined, derive?: () => Promise<Data>) {
    super(unused);
    this.#call = call;
    this.#observer = observer;
    this.#derive = derive;
    const failed = (error: unknown) => observer?.failed(error);
    if ("api" in call) call.api.asResponse().then(undefined, failed);
    else call.then(({ api }) => api.asResponse()).catch(failed);
  }

  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  async asResponse(): Promise<Response> {
    const { api } = await this.#call;
    const response = await api.asResponse();
    this.#observer?.response(response);
    return response;
  }

  async withResponse(): Promise<{ data: Data; response: Response; request_id: string | null }> {
    const { api } = await this.#call;
    const [data, response] = await Promise.all([this.#settle(), api.asResponse()]);
    return { data, response, request_id: response.headers.get("x-request-id") };
  }

  /** The client's own helpers (`parse`) derive their promise through this. */
  _thenUnwrap<Other>(transform: (data: Data) => Other): TracedCall<Other> {
    const call = this.#call as unknown as Call<Other>;
    return new TracedCall<Other>(call, undefined, () => this.#settle().then(transform));
  }

  // biome-ignore lint/suspicious/noThenProperty: it stands in for a promise
  override then<Fulfilled = Data, Rejected = never>(
    onFulfilled?: ((value: Data) => Fulfilled | PromiseLike<Fulfilled>) | null,
    onRejected?: ((reason: unknown) => Rejected | PromiseLike<Rejected>) | null,
  ): Promise<Fulfilled | Rejected> {
    return this.#settle().then(onFulfilled, onRejected);
  }

  override catch<Rejected = never>(
    onRejected?: ((reason: unknown) => Rejected | PromiseLike<Rejected>) | null,
  ): Promise<Data | Rejected> {
    return this.#settle().catch(onRejected);
  }

  override finally(onFinally?: (() => void) | null): Promise<Data> {
    return this.#settle().finally(onFinally);
  }

  #settle(): Promise<Data> {
    this.#settled ??= this.#derive === undefined ? this.#read() : this.#derive();
    return this.#settled;
  }

  async #read(): Promise<Data> {
    try {
      const { api } = "api" in this.#call ? this.#call : await this.#call;
      const data = await api;
      return this.#observer?.data(data) ?? data;
    } catch (error) {
      this.#observer?.failed(error);
      throw error;
    }
  }
}

/** The promise it inherits is nobody's: everything goes through `then`. */
function unused(): void {}
