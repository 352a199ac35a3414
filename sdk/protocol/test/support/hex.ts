/** Bytes of hex text; blanks and `|` are ignored, `xNN` is not understood. */
export function unhex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replaceAll(/[\s|]/g, ""), "hex"));
}

/** Hex text with blanks between bytes. */
export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
}
