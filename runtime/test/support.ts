/** Helpers of the engine's tests: fixtures, records, guests written in WebAssembly text. */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import wabt from "wabt";
import type { ChainOutput } from "../src/index.ts";
import { TEXT_FEATURES } from "../src/wasm/text.ts";

export const fromHex = (hex: string): Uint8Array =>
  Uint8Array.from(Buffer.from(hex.replace(/\s/g, ""), "hex"));
export const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Two records: `apple`, and `fruit` with key `k`, offset +1, timestamp +5. */
export const R2 = fromHex("00000002 16000000000a6170706c6500 1a000a0201026b0a667275697400");

export function fixture(name: string): Uint8Array {
  const bytes = readFileSync(new URL(`fixtures/${name}`, import.meta.url));
  return name.endsWith(".gz") ? gunzipSync(bytes) : bytes;
}

const assembler = wabt();

/** Assembles WebAssembly text; with the names of functions unless told otherwise. */
export async function assemble(wat: string, names = true): Promise<Uint8Array> {
  const module = (await assembler).parseWat("test.wat", wat, TEXT_FEATURES);
  try {
    module.resolveNames();
    return module.toBinary({ write_debug_names: names }).buffer.slice();
  } finally {
    module.destroy();
  }
}

export interface PlainRecord {
  key?: string | Uint8Array;
  value: string | Uint8Array;
  offsetDelta?: number;
  timestampDelta?: number;
}

function varint(value: number): number[] {
  const out: number[] = [];
  let rest = BigInt.asUintN(64, (BigInt(value) << 1n) ^ (BigInt(value) >> 63n));
  while (rest >= 0x80n) {
    out.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  return [...out, Number(rest)];
}

/** Encodes records: u32 count and records. */
export function records(...list: (PlainRecord | string)[]): Uint8Array {
  const out: number[] = [0, 0, 0, 0];
  for (const [index, item] of list.entries()) {
    const record = typeof item === "string" ? { value: item, offsetDelta: index } : item;
    const bytes = (data: string | Uint8Array): number[] => {
      const raw = typeof data === "string" ? utf8(data) : data;
      return [...varint(raw.length), ...raw];
    };
    const body = [
      0,
      ...varint(record.timestampDelta ?? 0),
      ...varint(record.offsetDelta ?? 0),
      ...(record.key === undefined ? [0] : [1, ...bytes(record.key)]),
      ...bytes(record.value),
      0,
    ];
    out.push(...varint(body.length), ...body);
  }
  const encoded = Uint8Array.from(out);
  new DataView(encoded.buffer).setUint32(0, list.length);
  return encoded;
}

/** Values of an output, as text. */
export function values(output: Pick<ChainOutput, "records" | "count">): string[] {
  return decode(output.records).map(({ value }) => Buffer.from(value).toString());
}

/** Takes records apart. */
export function decode(
  bytes: Uint8Array,
): { key: Uint8Array | null; value: Uint8Array; offsetDelta: number }[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 4;
  const number = (): number => {
    let raw = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++]!;
      raw |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return Number((raw >> 1n) ^ -(raw & 1n));
    }
  };
  const data = (): Uint8Array => {
    const length = number();
    at += length;
    return bytes.slice(at - length, at);
  };
  const result = [];
  for (let i = view.getUint32(0); i > 0; i--) {
    number();
    at++;
    number();
    const offsetDelta = number();
    const key = bytes[at++] === 1 ? data() : null;
    const value = data();
    number();
    result.push({ key, value, offsetDelta });
  }
  return result;
}

export const COPY_RECORDS = `(import "env" "copy_records" (func $copy_records (param i32 i32)))`;

/** A guest in WebAssembly text: memory of two pages, `alloc` at 1024, and one transform. */
export function guest(options: {
  kind?: string;
  imports?: string;
  extra?: string;
  memory?: string;
  body: string;
}): string {
  return `(module ${options.imports ?? ""} ${COPY_RECORDS}
    ${options.memory ?? `(memory (export "memory") 2)`}
    (func (export "alloc") (param i32) (result i32) (i32.const 1024))
    ${options.extra ?? ""}
    (func $transform (export "${options.kind ?? "filter"}") (param $pointer i32) (param $length i32) (param $version i32) (result i32)
      ${options.body}))`;
}

/** Body and data of a guest that hands over fixed bytes. */
export function handsOver(hex: string, kind = "filter"): string {
  const bytes = fromHex(hex);
  const text = [...bytes].map((byte) => `\\${byte.toString(16).padStart(2, "0")}`).join("");
  return guest({
    kind,
    extra: `(data (i32.const 64) "${text}")`,
    body: `(call $copy_records (i32.const 64) (i32.const ${bytes.length})) (i32.const 0)`,
  });
}
