/** How sources write down a program's exit status; the first that matches. */
const FORMS: readonly RegExp[] = [
  /<returncode>\s*(-?\d+)\s*<\/returncode>/,
  /\[The command completed with exit code (-?\d+)/,
  /\[Command finished with exit code (-?\d+)\]/,
  /\bexecuted with exit code (-?\d+)\b/,
  /^(?:Error: )?[Ee]xit code:? (-?\d+)\b/m,
  /"(?:returncode|exit_code|exitCode|return_code)"\s*:\s*(-?\d+)/,
  /^exitcode: (-?\d+) \(/m,
  /\bexited with (?:code|status) (-?\d+)\b/,
];

/** The exit status that an observation states, or null. */
export function exitCode(observation: string): number | null {
  for (const form of FORMS) {
    const found = form.exec(observation)?.[1];
    if (found !== undefined) return Number(found);
  }
  return null;
}
