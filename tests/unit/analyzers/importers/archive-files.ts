import { crc32, deflateRawSync } from "node:zlib";

/** One entry of an archive that a test makes. */
export interface Entry {
  name: string;
  content?: string | Buffer;
  /** Where a link points. */
  link?: string;
}

/** A zip archive, written by hand so that its names and sizes can lie. */
export function zipOf(entries: readonly (Entry & { claimed?: number; encrypted?: boolean })[]): Buffer {
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, content = "", link, claimed, encrypted } of entries) {
    const bytes = Buffer.from(link ?? content);
    const packed = deflateRawSync(bytes);
    const file = Buffer.from(name);
    const size = claimed ?? bytes.length;
    const flags = encrypted === true ? 1 : 0;
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(20, 4);
    local.writeUInt16LE(flags, 6);
    local.writeUInt16LE(8, 8);
    local.writeUInt32LE(crc32(bytes), 14);
    local.writeUInt32LE(packed.length, 18);
    local.writeUInt32LE(size, 22);
    local.writeUInt16LE(file.length, 26);
    bodies.push(local, file, packed);
    const central = Buffer.alloc(46);
    central.writeUInt32LE(0x02014b50, 0);
    central.writeUInt16LE((3 << 8) | 20, 4);
    central.writeUInt16LE(20, 6);
    central.writeUInt16LE(flags, 8);
    central.writeUInt16LE(8, 10);
    central.writeUInt32LE(crc32(bytes), 16);
    central.writeUInt32LE(packed.length, 20);
    central.writeUInt32LE(size, 24);
    central.writeUInt16LE(file.length, 28);
    central.writeUInt32LE(((link === undefined ? 0o100644 : 0o120777) << 16) >>> 0, 38);
    central.writeUInt32LE(offset, 42);
    directory.push(central, file);
    offset += 30 + file.length + packed.length;
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(listed.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...bodies, listed, end]);
}

const BLOCK = 512;

/** A tar archive (ustar), written by hand likewise. */
export function tarOf(entries: readonly Entry[]): Buffer {
  const blocks = entries.flatMap(({ name, content = "", link }) => {
    const bytes = Buffer.from(link === undefined ? content : "");
    const header = Buffer.alloc(BLOCK);
    // A long name is split at a folder: what is before goes to the prefix.
    const cut = name.length < 100 ? -1 : name.indexOf("/", name.length - 100);
    header.write(name.slice(cut + 1), 0);
    if (cut > 0) header.write(name.slice(0, cut), 345);
    header.write("0000644\0", 100);
    header.write("0000000\0".repeat(2), 108);
    header.write(`${bytes.length.toString(8).padStart(11, "0")}\0`, 124);
    header.write("00000000000\0", 136);
    header.write(" ".repeat(8), 148);
    header.write(link === undefined ? "0" : "2", 156);
    header.write(link ?? "", 157);
    header.write("ustar\u000000", 257);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
    return [header, bytes, Buffer.alloc((BLOCK - (bytes.length % BLOCK)) % BLOCK)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]);
}
