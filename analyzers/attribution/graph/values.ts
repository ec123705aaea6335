/** Characters of a text that are read: its head and its tail. */
const READ_CHARS = 20_000;
const MOST_VALUES = 2_000;

/**
 * What can travel through a run unchanged: numbers of two digits and more, addresses, identifiers and paths, short
 * quotations, names of several capitalised words. Alternatives do not overlap, so matching is linear.
 */
const VALUE =
  /https?:\/\/[^\s"'<>)\]]{4,200}|"([^"\n]{2,60})"|\b\d[\d,]*\.\d+\b|\b\d[\d,]+\b|\b[A-Za-z][A-Za-z0-9]*(?:[_./][A-Za-z0-9]+)+\b|\b\p{Lu}[\p{L}’'-]+(?: \p{Lu}[\p{L}’'-]+){1,3}/gu;

/** What is read of a text: all of it, or its head and its tail. */
export function readPart(text: string): string {
  return text.length <= 2 * READ_CHARS ? text : `${text.slice(0, READ_CHARS)}\n${text.slice(-READ_CHARS)}`;
}

export function valuesOf(text: string): Set<string> {
  const read = readPart(text);
  const values = new Set<string>();
  for (const match of read.matchAll(VALUE)) {
    if (values.size >= MOST_VALUES) break;
    const value = match[1] ?? match[0];
    values.add(/^\d/.test(value) ? value.replaceAll(",", "") : value);
  }
  return values;
}
