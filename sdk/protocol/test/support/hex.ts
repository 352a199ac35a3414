/** Bytes of hex text; blanks and `|` are ignored, `00 x8` stands for eight such bytes, `"ab"` for ASCII text. */
export function unhex(text: string): Uint8Array {
  const plain = text
    .replaceAll(/"([^"]*)"/g, (_, ascii: string) => Buffer.from(ascii).toString("hex"))
    .replaceAll(/([0-9a-f]{2}) x ?(\d+)/g, (_, byte: string, times: string) => byte.repeat(Number(times)))
    .replaceAll(/[\s|]/g, "");
  if (!/^([0-9a-f]{2})*$/.test(plain)) throw new Error(`not hex: ${plain}`);
  return Uint8Array.from(Buffer.from(plain, "hex"));
}

/** Hex text with blanks between bytes. */
export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
}
