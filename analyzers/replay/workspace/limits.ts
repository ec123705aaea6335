/** What one command in a workspace may use. */
export interface WorkspaceLimits {
  /** Wall-clock time; then everything the command started is killed. */
  seconds: number;
  /** Processor time of a process. */
  cpuSeconds: number;
  /** Data segment of a process, in MiB. */
  memoryMb: number;
  /** Largest file, in MiB. */
  fileMb: number;
  /** What all of it may take on disk, in MiB. */
  diskMb: number;
  /** Processes at a time. */
  processes: number;
  /** Output that is kept, in bytes; the rest is dropped and counted. */
  outputBytes: number;
}

export const DEFAULT_LIMITS: WorkspaceLimits = {
  seconds: 60,
  cpuSeconds: 60,
  memoryMb: 2048,
  fileMb: 256,
  diskMb: 2048,
  processes: 256,
  outputBytes: 1024 * 1024,
};

/** `prlimit` before a command. */
export function limited({ cpuSeconds, memoryMb, fileMb, processes }: WorkspaceLimits): string[] {
  const mib = 1024 * 1024;
  return [
    "prlimit",
    `--cpu=${cpuSeconds}`,
    `--data=${memoryMb * mib}`,
    `--fsize=${fileMb * mib}`,
    `--nproc=${processes}`,
    "--core=0",
    "--",
  ];
}
