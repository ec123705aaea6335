/** The part of the client's `Stream` that every way of reading goes through; private in its types. */
interface Source<Item> {
  iterator?: () => AsyncIterator<Item>;
}

export interface StreamObserver<Item> {
  item(item: Item): void;
  /** Exhausted, or left early by the reader. */
  ended(): void;
  failed(error: unknown): void;
}

/**
 * Watches a stream while its reader reads it. The stream object stays the same one, items pass through untouched, and
 * leaving early still aborts the request. `tee()` and `toReadableStream()` read through the same place.
 */
export function observeStream<Item>(stream: AsyncIterable<Item>, observer: StreamObserver<Item>): void {
  replaceIterator(stream, (original) => watched(original, observer));
}

/**
 * Puts something in front of whatever a stream is read with, in the object itself.
 *
 * @throws TypeError for a frozen object
 */
export function replaceIterator<Item>(
  stream: AsyncIterable<Item>,
  inFront: (original: AsyncIterator<Item>) => AsyncIterator<Item>,
): void {
  const source = stream as Source<Item>;
  const key = typeof source.iterator === "function" ? "iterator" : Symbol.asyncIterator;
  const original = (source as Record<PropertyKey, () => AsyncIterator<Item>>)[key]?.bind(stream);
  if (original === undefined) return;
  Object.defineProperty(stream, key, { value: () => inFront(original()), configurable: true, writable: true });
}

async function* watched<Item>(source: AsyncIterator<Item>, observer: StreamObserver<Item>): AsyncGenerator<Item> {
  try {
    for await (const item of { [Symbol.asyncIterator]: () => source }) {
      observer.item(item);
      yield item;
    }
  } catch (error) {
    observer.failed(error);
    throw error;
  } finally {
    observer.ended();
  }
}
