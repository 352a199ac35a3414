/**
 * The tar files inside a package: GNU headers as the Rust `tar` crate writes them, one plain file after another.
 * Writing is deterministic; reading takes exactly this form and nothing else, so that every byte is accounted for.
 */
import { PackageError } from "./error.ts";

const BLOCK = 512;
const NAME_BYTES = 100;

export interface TarEntry {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface TarLimits {
  /** Most entries, and most bytes in one of them. */
  readonly entries: number;
  readonly entryBytes: number;
}

/** Names must be bare file names of at most 100 bytes; mode 644, no owner, no time. */
export function writeTar(entries: readonly TarEntry[]): Uint8Array {
  const total = entries.reduce((sum, { bytes }) => sum + BLOCK + padded(bytes.length), 2 * BLOCK);
  const out = new Uint8Array(total);
  let at = 0;
  for (const { name, bytes } of entries) {
    checkEntryName(name);
    out.set(header(name, bytes.length), at);
    out.set(bytes, at + BLOCK);
    at += BLOCK + padded(bytes.length);
  }
  return out;
}

function header(name: string, size: number): Uint8Array {
  const block = new Uint8Array(BLOCK);
  const put = (at: number, text: string): void => block.set(Buffer.from(text, "latin1"), at);
  put(0, name);
  put(100, "0100644\0");
  put(108, "0000000\0");
  put(116, "0000000\0");
  put(124, `${size.toString(8).padStart(11, "0")}\0`);
  put(136, "00000000000\0");
  put(156, "0");
  put(257, "ustar  \0");
  put(329, "0000000\0");
  put(337, "0000000\0");
  put(148, `${checksum(block).toString(8).padStart(7, "0")}\0`);
  return block;
}

/** Sum of all bytes with the checksum's own eight taken as blanks. */
function checksum(block: Uint8Array): number {
  let sum = 8 * 32;
  for (let i = 0; i < BLOCK; i++) if (i < 148 || i >= 156) sum += block[i]!;
  return sum;
}

/**
 * The entries, as views into `tar`. Refused with `SMDK_PKG_TAR_*`: links, directories and any other kind of entry,
 * names that are not bare file names, one name twice, wrong checksums, bytes where zeros belong, a missing end, and
 * everything above the limits.
 */
export function readTar(tar: Uint8Array, limits: TarLimits): TarEntry[] {
  const entries: TarEntry[] = [];
  const seen = new Set<string>();
  let at = 0;
  while (true) {
    if (at + BLOCK > tar.length) throw bad("END", "the archive ends without its two empty blocks");
    const block = tar.subarray(at, at + BLOCK);
    if (isZero(block)) break;
    if (entries.length === limits.entries) {
      throw bad("LIMIT", `the archive has more than ${limits.entries} entries`);
    }
    const { name, size } = readHeader(block);
    if (size > limits.entryBytes)
      throw bad("LIMIT", `entry ${name} is larger than ${limits.entryBytes} bytes`);
    if (seen.has(name)) throw bad("DUPLICATE", `entry ${name} is there twice`);
    seen.add(name);
    const end = at + BLOCK + padded(size);
    if (end > tar.length) throw bad("END", `entry ${name} is cut off`);
    const bytes = tar.subarray(at + BLOCK, at + BLOCK + size);
    if (!isZero(tar.subarray(at + BLOCK + size, end)))
      throw bad("PADDING", `bytes hide behind entry ${name}`);
    entries.push({ name, bytes });
    at = end;
  }
  if (tar.length - at < 2 * BLOCK) throw bad("END", "the archive ends without its two empty blocks");
  // Other tools fill up to a whole record of 20 blocks; beyond that nothing may follow.
  if (tar.length - at > 21 * BLOCK || tar.length % BLOCK !== 0 || !isZero(tar.subarray(at))) {
    throw bad("TRAILING", "bytes follow the end of the archive");
  }
  return entries;
}

function readHeader(block: Uint8Array): { name: string; size: number } {
  const text = (from: number, to: number): string => Buffer.from(block.subarray(from, to)).toString("latin1");
  const stored = /^(?:([0-7]{7})\0|([0-7]{6})\0 )$/.exec(text(148, 156));
  if (stored === null || Number.parseInt((stored[1] ?? stored[2])!, 8) !== checksum(block)) {
    throw bad("CHECKSUM", "an archive header's checksum is wrong");
  }
  const magic = text(257, 265);
  if (magic !== "ustar  \0" && magic !== "ustar\x0000")
    throw bad("FORMAT", "an archive header has no ustar mark");
  const kind = block[156]!;
  if (kind !== 0x30 && kind !== 0) {
    const name = KINDS[String.fromCharCode(kind)] ?? "something that is no plain file";
    throw bad("KIND", `the archive holds ${name}`);
  }
  if (!isZero(block.subarray(157, 257))) throw bad("KIND", "the archive holds a file with a link target");
  if (!isZero(block.subarray(345, 500))) throw bad("NAME", "the archive holds a name with a prefix");
  const end = block.indexOf(0);
  const length = end < 0 || end > NAME_BYTES ? NAME_BYTES : end;
  if (!isZero(block.subarray(length, NAME_BYTES)))
    throw bad("NAME", "bytes hide behind a name in the archive");
  let name: string;
  try {
    name = new TextDecoder("utf-8", { fatal: true }).decode(block.subarray(0, length));
  } catch {
    throw bad("NAME", "a name in the archive is not UTF-8");
  }
  checkEntryName(name);
  const digits = text(124, 136);
  if (!/^[0-7]{11}[\0 ]$/.test(digits)) throw bad("SIZE", `entry ${name} has no readable size`);
  return { name, size: Number.parseInt(digits, 8) };
}

const KINDS: Readonly<Record<string, string>> = {
  "1": "a hard link",
  "2": "a symbolic link",
  "3": "a device",
  "4": "a device",
  "5": "a directory",
  "6": "a pipe",
  L: "a long name",
  K: "a long link",
  x: "extended headers",
  g: "extended headers",
  S: "a sparse file",
};

/** Bare file names only: what a package holds is unpacked into one folder and nowhere else. */
function checkEntryName(name: string): void {
  if (!/^[A-Za-z0-9_][A-Za-z0-9._+:@-]*$/.test(name) || name.includes("..")) {
    throw bad("NAME", `${JSON.stringify(name.slice(0, 120))} is no bare file name`);
  }
  if (name.length > NAME_BYTES) throw bad("NAME", `a file name has more than ${NAME_BYTES} bytes`);
}

function padded(size: number): number {
  return Math.ceil(size / BLOCK) * BLOCK;
}

function isZero(bytes: Uint8Array): boolean {
  for (const byte of bytes) if (byte !== 0) return false;
  return true;
}

function bad(what: string, message: string): PackageError {
  return new PackageError(`SMDK_PKG_TAR_${what}`, message);
}
