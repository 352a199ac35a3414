/** A first look at a module: is it WebAssembly, and are its sections whole? */

/** True for a core module in binary form whose sections fill it exactly. */
export function isWasm(bytes: Uint8Array): boolean {
  const magic = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
  if (bytes.length < magic.length || magic.some((byte, at) => bytes[at] !== byte)) return false;
  let at = magic.length;
  let sections = 0;
  while (at < bytes.length) {
    const id = bytes[at]!;
    if (id > 13) return false;
    at += 1;
    let size = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at];
      if (byte === undefined || shift > 28) return false;
      at += 1;
      size += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
    }
    at += size;
    if (++sections > 10_000) return false;
  }
  return at === bytes.length;
}
