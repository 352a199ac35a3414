// Object keys as file names. Ordinary keys stand for themselves, as in Fluvio's local layout; anything that
// could leave the directory, or that a file system might refuse, is percent-encoded.

const EXTENSION = ".yaml";
/** File systems allow 255 bytes a name; the rest is left for extensions of temporary files. */
const MAX_NAME_BYTES = 200;
const PLAIN = /[A-Za-z0-9._@+=, -]/;

/** The name of the file that holds the object, or null if the key is empty or too long for one. */
export function fileNameOf(key: string): string | null {
  let name = "";
  for (const byte of Buffer.from(key, "utf8")) {
    const character = String.fromCharCode(byte);
    const isPlain = PLAIN.test(character) && !(character === "." && name === "");
    name += isPlain ? character : `%${byte.toString(16).padStart(2, "0")}`;
    if (name.length > MAX_NAME_BYTES) return null;
  }
  return name === "" ? null : name + EXTENSION;
}

/** Whether a directory entry is meant to be an object's file. */
export function isObjectFile(name: string): boolean {
  return name.endsWith(EXTENSION) && !name.startsWith(".");
}

/** Whether the file is one that the disk was to put in the place of an object's. */
export function isTemporaryFile(name: string): boolean {
  return name.startsWith(".") && name.includes(`${EXTENSION}.`) && name.endsWith(".tmp");
}
