/** What an archive may ask of the machine that reads it. */
export interface SourceLimits {
  /** Folders inside folders, archives counted as folders. */
  depth: number;
  /** Archives inside archives. */
  archives: number;
  /** Files and folders looked at, all together. */
  entries: number;
  /** Bytes of one file. */
  file_bytes: number;
  /** Bytes unpacked from archives, all together. */
  unpacked_bytes: number;
  /** How many times its packed size an entry may unpack to, once it is past `free_bytes`. */
  ratio: number;
  /** Unpacked bytes that any ratio may reach: small logs of one repeated line pack a thousandfold. */
  free_bytes: number;
}

const MIB = 1024 * 1024;

export const SOURCE_LIMITS: SourceLimits = {
  depth: 24,
  archives: 3,
  entries: 200_000,
  file_bytes: 256 * MIB,
  unpacked_bytes: 1024 * MIB,
  ratio: 250,
  free_bytes: 16 * MIB,
};

/** What is left of the limits that all archives of an import share. */
export class Allowance {
  readonly limits: SourceLimits;
  #entries: number;
  #unpacked: number;

  constructor(limits: SourceLimits) {
    this.limits = limits;
    this.#entries = limits.entries;
    this.#unpacked = limits.unpacked_bytes;
  }

  /** Takes one entry; false when there are no more to take. */
  takeEntry(): boolean {
    return this.#entries-- > 0;
  }

  /** Takes unpacked bytes; false when that is more than is left. */
  takeUnpacked(bytes: number): boolean {
    this.#unpacked -= bytes;
    return this.#unpacked >= 0;
  }

  /** Whether unpacking so much from so little is what no honest archive does. */
  isBomb(packed: number, unpacked: number): boolean {
    return unpacked > this.limits.free_bytes && unpacked > Math.max(1, packed) * this.limits.ratio;
  }
}

export function mebibytes(bytes: number): string {
  return `${Math.round((bytes / MIB) * 10) / 10} MiB`;
}
