/** An error that an observation shows. */
export interface SeenError {
  /** The same for the same error, whatever the line number, the address or the directory. */
  signature: string;
  /** The line that shows it, at most {@link LONGEST} characters. */
  text: string;
}

const LONGEST = 300;
const MOST = 20;
const LONGEST_OBSERVATION = 400_000;

/** Lines that are errors, most telling form first. */
const FORMS: readonly RegExp[] = [
  /^\s*(?:E\s+)?((?:[A-Za-z_][\w.]*\.)?[A-Z]\w*(?:Error|Exception|Interrupt|Exit|Warning|NotFound|Timeout))(?::\s*(.{0,400}))?\s*$/,
  /^(?:Uncaught )?((?:[A-Z]\w*)?Error)(?: \[[A-Z_]+\])?:\s*(.{0,400})$/,
  /^(?:bash|sh|zsh|\/bin\/\w+|-bash)?:?.{0,80}?(command not found|No such file or directory|Permission denied|not found|cannot access|Is a directory|Not a directory|File exists)\b(.{0,200})$/,
  /^(?:.{1,200}):\d+(?::\d+)?: (?:fatal )?(error)(?:\[\w+\])?:\s*(.{0,300})$/,
  /^(error)(?:\[[A-Z]\d+\])?: (.{0,300})$/,
  /^(?:.{1,200}\(\d+,\d+\): )?(error TS\d+):\s*(.{0,300})$/,
  /^(npm ERR!|fatal:|panic:|ERROR:|E:|make: \*\*\*|make\[\d+\]: \*\*\*|Traceback)\s*(.{0,300})$/,
  /^.{0,60}(Segmentation fault|core dumped|Killed|Bus error|Aborted|timed out|Timeout expired)(.{0,100})$/,
  /^Exception in thread (.{0,200}?)((?:[\w.]+)(?:Exception|Error).{0,200})$/,
  /^(No replacement was performed|Invalid `\w+` parameter|The path .{1,200} does not exist|Your proposed edit has introduced new syntax error|No match found|String to replace not found in file|File has not been read yet)(.{0,200})$/,
];
/** Says nothing that the line behind it does not say better. */
const PREAMBLE = /^Traceback/;

/** Errors in an observation, in order, each signature once. */
export function errorsIn(observation: string): SeenError[] {
  const text = observation.length > LONGEST_OBSERVATION ? observation.slice(-LONGEST_OBSERVATION) : observation;
  const found = new Map<string, SeenError>();
  for (const line of text.split("\n")) {
    if (line.length > 1_000 || !SUSPICIOUS.test(line)) continue;
    for (const form of FORMS) {
      const match = form.exec(line);
      if (match === null) continue;
      if (PREAMBLE.test(line)) break;
      const signature = signatureOf(`${match[1] ?? ""}: ${match[2] ?? ""}`, line);
      if (!found.has(signature)) found.set(signature, { signature, text: line.trim().slice(0, LONGEST) });
      break;
    }
    if (found.size >= MOST) break;
  }
  return [...found.values()];
}

const SUSPICIOUS =
  /error|exception|not found|no such file|denied|fatal|panic|\*\*\*|fault|killed|aborted|timed? ?out|warning|exit|cannot|directory|exists|does not exist|no replacement|invalid|no match|string to replace|interrupt|has not been read|err!|^e:/i;

function signatureOf(kind: string, line: string): string {
  const source = kind.length > 4 ? kind : line;
  return source
    .toLowerCase()
    .replace(/0x[0-9a-f]+/g, "0x")
    .replace(/(?:[\w.~-]*\/)+([\w.-]+)/g, "$1")
    .replace(/\d+/g, "n")
    .replace(/\s+/g, " ")
    .trim()
    .slice(0, 160);
}
