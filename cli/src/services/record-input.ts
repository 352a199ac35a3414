/** Turns what people feed to `produce` and `test` into records: lines, whole inputs, keys. */
import { createReadStream } from "node:fs";
import { CliError, fileErrorText } from "../errors.ts";

/** A record on its way in. */
export interface InputRecord {
  key: Uint8Array | null;
  value: Uint8Array;
}

const newline = 0x0a;
const carriageReturn = 0x0d;

/**
 * Lines of a byte stream, without `\n` or `\r\n`; empty lines count, a last line needs no newline. They come in
 * groups, one per chunk read, as views where the line lies within one chunk. A line longer than `maxBytes` is
 * an error, so that an input without newlines cannot fill the memory.
 */
export async function* linesOf(
  source: AsyncIterable<Uint8Array>,
  maxBytes = 64 * 1024 * 1024,
): AsyncGenerator<Uint8Array[]> {
  let parts: Uint8Array[] = [];
  let pending = 0;
  for await (const chunk of source) {
    const lines: Uint8Array[] = [];
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      const piece = chunk.subarray(start, end);
      lines.push(withoutReturn(pending === 0 ? piece : Buffer.concat([...parts, piece])));
      parts = [];
      pending = 0;
      start = end + 1;
    }
    if (start < chunk.length) {
      // Copied: the stream may reuse the chunk's memory.
      parts.push(chunk.slice(start));
      pending += chunk.length - start;
    }
    if (pending > maxBytes) {
      throw new CliError("failed", `a line is longer than ${maxBytes} bytes`, {
        hint: "--raw sends the whole input as one record; --max-request-size raises the limit",
      });
    }
    if (lines.length > 0) yield lines;
  }
  if (pending > 0) yield [withoutReturn(Buffer.concat(parts))];
}

function withoutReturn(line: Uint8Array): Uint8Array {
  return line.at(-1) === carriageReturn ? line.subarray(0, -1) : line;
}

/** All of a byte stream. */
export async function bytesOf(source: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The bytes of a file as a stream; trouble with the file is a CliError that names it. */
export async function* fileSource(path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(path, { highWaterMark: 256 * 1024 }) as AsyncIterable<Uint8Array>;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
    throw new CliError("failed", `reading ${path}: ${fileErrorText(error)}`, {
      hint: "check the path given to --file",
      code: "SMDK_CLI_FILE",
    });
  }
}

/** Splits a line at the first separator; undefined when it has none. */
export function splitKey(line: Uint8Array, separator: Uint8Array): InputRecord | undefined {
  const at = Buffer.from(line.buffer, line.byteOffset, line.length).indexOf(separator);
  if (at < 0) return undefined;
  return { key: line.subarray(0, at), value: line.subarray(at + separator.length) };
}
