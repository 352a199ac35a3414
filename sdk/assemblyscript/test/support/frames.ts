// Builds what the engine sends to a module and reads what comes back, by the ABI's layout.

export interface TestRecord {
  readonly value: string | Uint8Array;
  readonly key?: string | Uint8Array;
  readonly offsetDelta?: number;
  readonly timestampDelta?: number;
  readonly attributes?: number;
  readonly headers?: number;
}

export interface FrameOptions {
  readonly version?: number;
  readonly baseOffset?: number;
  readonly baseTimestamp?: number;
  /** Aggregate only. */
  readonly accumulator?: string | Uint8Array;
}

export interface OutputRecord {
  readonly key: string | null;
  readonly value: string;
}

export interface OutputError {
  readonly hint: string;
  readonly offset: bigint;
  readonly kind: number;
  readonly key: string | null;
  readonly value: string;
}

export interface Output {
  readonly records: readonly OutputRecord[];
  readonly error: OutputError | null;
  /** What follows: an aggregate's accumulator with its length. */
  readonly rest: Buffer;
}

const bytesOf = (data: string | Uint8Array): Uint8Array => Buffer.from(data as Uint8Array);

export function varint(value: number): number[] {
  let rest = value < 0 ? -value * 2 - 1 : value * 2;
  const bytes: number[] = [];
  while (rest >= 128) {
    bytes.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  return [...bytes, rest];
}

export function record(fields: TestRecord): number[] {
  const value = bytesOf(fields.value);
  const key = fields.key === undefined ? null : bytesOf(fields.key);
  const body = [
    fields.attributes ?? 0,
    ...varint(fields.timestampDelta ?? 0),
    ...varint(fields.offsetDelta ?? 0),
    ...(key === null ? [0] : [1, ...varint(key.length), ...key]),
    ...varint(value.length),
    ...value,
    ...varint(fields.headers ?? 0),
  ];
  return [...varint(body.length), ...body];
}

const number = (value: number | bigint, size: number): number[] =>
  Array.from({ length: size }, (_, i) => Number((BigInt(value) >> BigInt(8 * (size - 1 - i))) & 255n));

/** A transform's or look_back's frame. */
export function frame(records: readonly TestRecord[], options: FrameOptions = {}): Uint8Array {
  const { version = 25, baseOffset = 100, baseTimestamp = 1_700_000_000_000, accumulator } = options;
  const raw = [...number(records.length, 4), ...records.flatMap(record)];
  const bytes = [...number(baseOffset, 8), ...number(raw.length, 4), ...raw];
  if (version <= 22) {
    bytes.push(0, 0, ...(version >= 20 ? [0] : []), ...(version >= 16 ? [0, 0, 0, 0] : []));
  }
  if (version >= 22) bytes.push(...number(baseTimestamp, 8));
  if (accumulator !== undefined) {
    const data = bytesOf(accumulator);
    bytes.push(...number(data.length, 4), ...data);
  }
  return Uint8Array.from(bytes);
}

/** The frame of `init`. */
export function initFrame(params: Readonly<Record<string, string>>): Uint8Array {
  const text = (value: string): number[] => {
    const bytes = bytesOf(value);
    return [...number(bytes.length, 2), ...bytes];
  };
  const pairs = Object.entries(params);
  return Uint8Array.from([
    ...number(pairs.length, 2),
    ...pairs.flatMap(([k, v]) => [...text(k), ...text(v)]),
    0,
  ]);
}

/** Reads an output of records. */
export function readOutput(hex: string): Output {
  const bytes = Buffer.from(hex, "hex");
  let at = 0;
  const readVarint = (): number => {
    let value = 0;
    let scale = 1;
    let byte: number;
    do {
      byte = bytes[at++] as number;
      value += (byte & 127) * scale;
      scale *= 128;
    } while (byte & 128);
    return value % 2 === 1 ? -(value + 1) / 2 : value / 2;
  };
  const readData = (): string => {
    const size = readVarint();
    at += size;
    return bytes.subarray(at - size, at).toString();
  };
  const count = bytes.readInt32BE(at);
  at += 4;
  const records: OutputRecord[] = [];
  for (let i = 0; i < count; i++) {
    const end = readVarint() + at;
    at += 1;
    readVarint();
    readVarint();
    const key = bytes[at++] === 1 ? readData() : null;
    const value = readData();
    readVarint();
    if (at !== end) throw new Error(`record ${i} ends at ${at} instead of ${end}`);
    records.push({ key, value });
  }
  let error: OutputError | null = null;
  if (bytes[at++] === 1) {
    const size = bytes.readInt16BE(at);
    const hint = bytes.subarray(at + 2, at + 2 + size).toString();
    at += 2 + size;
    const offset = bytes.readBigInt64BE(at);
    const kind = bytes[at + 8] as number;
    at += 9;
    const key = bytes[at++] === 1 ? readData() : null;
    error = { hint, offset, kind, key, value: readData() };
  }
  return { records, error, rest: bytes.subarray(at) };
}
