const FOLDS: Record<string, (values: readonly number[]) => number> = {
  sum: (values) => values.reduce((sum, value) => sum + value, 0),
  average: (values) => values.reduce((sum, value) => sum + value, 0) / values.length,
  largest: (values) => Math.max(...values),
  smallest: (values) => Math.min(...values),
  count: (values) => values.length,
};

/** The functions an expression may call. */
export const FOLD_NAMES = Object.keys(FOLDS);

const TOKEN = /\s*(?:(\d+(?:\.\d+)?)|([a-z]+)(?=\()|([-+*/(),]))/y;
const DEEPEST = 20;

/**
 * The value of an expression of numbers, `+ - * /`, parentheses and folds such as `sum(1, 2)`; nothing in it is ever run.
 *
 * @throws SyntaxError for anything else
 */
export function calculate(expression: string): number {
  const tokens = tokensOf(expression);
  let at = 0;
  const peek = () => tokens[at] ?? "";
  const take = (wanted: string) => {
    if (peek() !== wanted) throw new SyntaxError(`${wanted} is missing before "${tokens.slice(at).join("")}".`);
    at++;
  };
  const list = (depth: number): number[] => {
    take("(");
    const values: number[] = [];
    while (peek() !== ")") {
      if (values.length > 0) take(",");
      values.push(terms(depth + 1));
    }
    take(")");
    return values;
  };
  const factor = (depth: number): number => {
    if (depth > DEEPEST) throw new SyntaxError("The expression is nested too deeply.");
    const token = peek();
    const fold = Object.hasOwn(FOLDS, token) ? FOLDS[token] : undefined;
    if (fold !== undefined) {
      at++;
      return fold(list(depth));
    }
    if (token === "-") {
      at++;
      return -factor(depth + 1);
    }
    if (token === "(") {
      take("(");
      const value = terms(depth + 1);
      take(")");
      return value;
    }
    if (!/^\d/.test(token)) throw new SyntaxError(`A number is missing before "${tokens.slice(at).join("")}".`);
    at++;
    return Number(token);
  };
  const products = (depth: number): number => {
    let value = factor(depth);
    while (peek() === "*" || peek() === "/") {
      const divides = peek() === "/";
      at++;
      value = divides ? value / factor(depth) : value * factor(depth);
    }
    return value;
  };
  function terms(depth: number): number {
    let value = products(depth);
    while (peek() === "+" || peek() === "-") {
      const minus = peek() === "-";
      at++;
      value = minus ? value - products(depth) : value + products(depth);
    }
    return value;
  }
  const value = terms(0);
  if (at < tokens.length) throw new SyntaxError(`"${tokens.slice(at).join("")}" is left over.`);
  return value;
}

function tokensOf(expression: string): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < expression.trimEnd().length) {
    const from = TOKEN.lastIndex;
    const match = TOKEN.exec(expression);
    if (match === null) throw new SyntaxError(`"${expression.slice(from, from + 20)}" can't be read.`);
    tokens.push(match[1] ?? match[2] ?? match[3] ?? "");
  }
  return tokens;
}

/** A number as agents write it: two decimals at most. */
export function written(value: number): string {
  return Number.isFinite(value) ? String(Math.round(value * 100) / 100) : "none";
}
