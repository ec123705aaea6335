/** Arguments of a command line that are no flags, given which flags take a value. */
export function operands(args: readonly string[], valued: ReadonlySet<string> = NONE): string[] {
  const found: string[] = [];
  let only = false;
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? "";
    if (only || !arg.startsWith("-") || arg === "-") found.push(arg);
    else if (arg === "--") only = true;
    else if (valued.has(arg)) at++;
  }
  return found;
}

const NONE: ReadonlySet<string> = new Set();

/** Whether a short flag (`-i`, also inside `-ni` or with a value behind it) or a long one is among the arguments. */
export function hasFlag(args: readonly string[], short: string, ...long: string[]): boolean {
  return args.some(
    (arg) =>
      (short !== "" && /^-[A-Za-z]/.test(arg) && !arg.startsWith("--") && arg.slice(1).includes(short)) ||
      long.some((name) => arg === name || arg.startsWith(`${name}=`)),
  );
}

/** The value behind a flag, `--flag value` or `--flag=value`. */
export function flagValue(args: readonly string[], ...names: string[]): string | undefined {
  for (const [at, arg] of args.entries()) {
    for (const name of names) {
      if (arg === name) return args[at + 1];
      if (name.startsWith("--") && arg.startsWith(`${name}=`)) return arg.slice(name.length + 1);
    }
  }
  return undefined;
}
