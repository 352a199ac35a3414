export function hex(digits: string): Uint8Array {
  return Uint8Array.from(Buffer.from(digits.replace(/\s+/g, ""), "hex"));
}

export function utf8(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

export function text(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : new TextDecoder().decode(bytes);
}

/** The record list of the reference's worked example: `hello`, and `world` with key `k` 3 ms later. */
export const exampleRecords = hex(
  "00000002 16 00 00 00 00 0a68656c6c6f 00 1a 00 06 02 01026b 0a776f726c64 00",
);

/** First timestamp of that batch. */
export const exampleTimestamp = 1_700_000_000_000n;

const header = (length: string, crc: string, attributes: string): string =>
  `0000000000000000 ${length} ffffffff 02 ${crc} ${attributes} 00000001 0000018bcfe56800 0000018bcfe56803 ffffffffffffffff ffff ffffffff`;

/** That batch in every codec, as Fluvio's own encoders write it. */
export const exampleBatches = {
  None: hex(
    `${header("0000004b", "7023494f", "0000")} 00000002160000 0000 0a68656c6c6f001a00060201026b0a776f726c6400`,
  ),
  Gzip: hex(
    `${header("0000005d", "19faf334", "0001")} 1f8b08000000000000ff6360606012630002ae8cd49c9c7c062906362646a66caef2fca29c140600bca025a31e000000`,
  ),
  Snappy: hex(
    `${header("0000005d", "c7aa5f9e", "0002")} ff060000734e61507059 01220000f0d61a2f 000000021600000000 0a68656c6c6f001a00060201026b0a776f726c6400`,
  ),
  Lz4: hex(
    `${header("0000005a", "cd1c4749", "0003")} 04224d186040821e000080 000000021600000000 0a68656c6c6f001a00060201026b0a776f726c6400 00000000`,
  ),
  Zstd: hex(
    `${header("00000054", "d081c624", "0004")} 28b52ffd0048f10000 000000021600000000 0a68656c6c6f001a00060201026b0a776f726c6400`,
  ),
} as const;
