const number = new Intl.NumberFormat("en");

/** 12345 → `12,345`. */
export function count(value: number): string {
  return number.format(value);
}

/** 0.724 → `72 %`; what is not 0 or 1 never rounds to them. */
export function percent(fraction: number): string {
  if (fraction > 0 && fraction < 0.01) return "<1\u00a0%";
  if (fraction < 1 && fraction > 0.99) return ">99\u00a0%";
  return `${Math.round(fraction * 100)}\u00a0%`;
}

/** 1 run, 2 runs. */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** Milliseconds as a person says them: `320 ms`, `4.1 s`, `2 min 5 s`. */
export function duration(milliseconds: number): string {
  if (milliseconds < 1) return "<1 ms";
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  const seconds = milliseconds / 1000;
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return both(`${minutes} min`, Math.round(seconds % 60), "s");
  return both(`${Math.floor(minutes / 60)} h`, minutes % 60, "min");
}

/** How long ago, coarsely; a date once it is older than a month. */
export function ago(isoTime: string, now: number): string {
  const then = Date.parse(isoTime);
  if (Number.isNaN(then)) return "unknown";
  const seconds = Math.round((now - then) / 1000);
  if (seconds < 45) return "just now";
  if (seconds < 3600) return `${Math.max(1, Math.round(seconds / 60))} min ago`;
  if (seconds < 86_400) return `${Math.round(seconds / 3600)} h ago`;
  if (seconds < 30 * 86_400) return `${Math.round(seconds / 86_400)} d ago`;
  return new Date(then).toISOString().slice(0, 10);
}

/** `2026-11-20 14:03:09 UTC`. */
export function exactTime(isoTime: string): string {
  const then = Date.parse(isoTime);
  return Number.isNaN(then) ? isoTime : `${new Date(then).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/**
 * Wilson score interval at 95 % for `successes` of `trials` (Wilson, 1927).
 *
 * @returns fractions; [0, 1] when nothing was tried
 */
export function wilson(successes: number, trials: number): [low: number, high: number] {
  if (trials <= 0) return [0, 1];
  const z = 1.959964;
  const rate = successes / trials;
  const middle = rate + z ** 2 / (2 * trials);
  const spread = z * Math.sqrt((rate * (1 - rate)) / trials + z ** 2 / (4 * trials ** 2));
  const scale = 1 + z ** 2 / trials;
  return [Math.max(0, (middle - spread) / scale), Math.min(1, (middle + spread) / scale)];
}

function both(larger: string, rest: number, unit: string): string {
  return rest === 0 ? larger : `${larger} ${rest} ${unit}`;
}
