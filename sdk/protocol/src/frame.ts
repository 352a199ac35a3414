/** Frames (length-prefixed messages) and the headers of requests and responses. */
import { decodeFrom, encodeInto } from "./codec/codec.ts";
import { type Codec, DecodeError, EncodeError, Reader, Writer } from "./codec/index.ts";

/** The largest frame FrameSplitter accepts unless told otherwise: 64 MiB, twice the largest batch an SPU takes. */
export const DEFAULT_MAX_FRAME_LENGTH = 64 * 1024 * 1024;

/** The most list elements and map entries in one request: requests are small, and come from strangers. */
export const MAX_REQUEST_ELEMENTS = 1 << 18;

/** One API of a server: what its request key is and what travels both ways. */
export interface Api<Request = unknown, Response = unknown> {
  readonly name: string;
  /** u16 in the request header. Keys mean different things on SC and SPU ports. */
  readonly key: number;
  readonly minVersion: number;
  /** Also the version that clients prefer. */
  readonly maxVersion: number;
  readonly request: Codec<Request>;
  readonly response: Codec<Response>;
  /** One request, any number of responses with its correlation id. */
  readonly stream: boolean;
}

/** A frame whose length is negative or above the limit. The connection cannot be read any further. */
export class FrameError extends Error {
  override readonly name = "FrameError";
  readonly code = "SMDK_FRAME" as const;
  readonly length: number;

  constructor(length: number, limit: number) {
    super(
      length < 0
        ? `frame of negative length ${length}`
        : `frame of ${length} bytes, at most ${limit} accepted`,
    );
    this.length = length;
  }
}

/** What is first set aside for an unfinished frame, if its announced length is not less. */
const FIRST_CAPACITY = 4096;

/** Shorter frames are not worth keeping memory for. */
const SMALLEST_SPARE = 65_536;

/**
 * Memory of long frames that is used again, since new memory costs page faults and garbage collection. May serve
 * many splitters.
 */
export class FrameMemory {
  private readonly maxSpareBytes: number;
  private spareBytes = 0;
  private readonly spare: Uint8Array<ArrayBuffer>[] = [];
  private readonly lent = new WeakSet<ArrayBufferLike>();

  /** `maxSpareBytes` is what is kept for later frames. */
  constructor(maxSpareBytes: number) {
    this.maxSpareBytes = maxSpareBytes;
  }

  /** Says that nobody looks at the frame any more; its bytes become those of another one. */
  release(frame: Uint8Array): void {
    const { buffer } = frame;
    if (!this.lent.delete(buffer) || this.spareBytes + buffer.byteLength > this.maxSpareBytes) return;
    this.spare.push(new Uint8Array(buffer as ArrayBuffer));
    this.spareBytes += buffer.byteLength;
  }

  /** Spare memory of at least this size, if there is some. */
  take(length: number): Uint8Array<ArrayBuffer> | undefined {
    if (length < SMALLEST_SPARE) return undefined;
    for (let i = this.spare.length - 1; i >= 0; i--) {
      const candidate = this.spare[i]!;
      if (candidate.length < length) continue;
      this.spare.splice(i, 1);
      this.spareBytes -= candidate.length;
      return candidate;
    }
    return undefined;
  }

  /** Notes a frame that may come back by `release`. */
  lend(bytes: Uint8Array): void {
    if (bytes.length >= SMALLEST_SPARE) this.lent.add(bytes.buffer);
  }
}

/**
 * Cuts a byte stream into frames, whatever the chunks. Holds at most one unfinished frame, in memory of at most a few
 * times what has arrived of it: an announced length costs nothing until it comes.
 */
export class FrameSplitter {
  private readonly limit: number;
  private readonly memory: FrameMemory | undefined;
  private buffer = new Uint8Array(0);
  private held = 0;
  private failed: FrameError | null = null;

  /**
   * `limit` is the largest accepted frame in bytes, its length prefix not counted. Frames that are released to
   * `memory` lend their bytes to later ones.
   */
  constructor(limit: number = DEFAULT_MAX_FRAME_LENGTH, memory?: FrameMemory) {
    this.limit = limit;
    this.memory = memory;
  }

  /** Bytes of an unfinished frame: 0 where a stream may end cleanly. */
  get pending(): number {
    return this.held;
  }

  /**
   * Takes any part of the stream and returns the frames it completes, without their length prefix. A frame within one
   * chunk is a view into it. After a FrameError every further call throws the same.
   */
  push(chunk: Uint8Array): Uint8Array[] {
    if (this.failed !== null) throw this.failed;
    const frames: Uint8Array[] = [];
    let at = 0;
    while (true) {
      if (this.held === 0 && chunk.length - at >= 4) {
        const end = at + 4 + this.frameLength(chunk, at);
        if (end <= chunk.length) {
          frames.push(chunk.subarray(at + 4, end));
          at = end;
          continue;
        }
      }
      if (at === chunk.length) return frames;
      if (this.held < 4) {
        at += this.hold(chunk, at, 4);
        if (this.held < 4) return frames;
      }
      const wanted = 4 + this.frameLength(this.buffer, 0);
      at += this.hold(chunk, at, wanted);
      if (this.held < wanted) return frames;
      frames.push(this.buffer.subarray(4, wanted));
      this.memory?.lend(this.buffer);
      this.buffer = new Uint8Array(0);
      this.held = 0;
    }
  }

  /** The length that the four bytes at `at` announce. */
  private frameLength(bytes: Uint8Array, at: number): number {
    const length = (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
    if (length >= 0 && length <= this.limit) return length;
    this.failed = new FrameError(length, this.limit);
    this.buffer = new Uint8Array(0);
    this.held = 0;
    throw this.failed;
  }

  /** Copies what there is of the `wanted` bytes, and returns how many it took. */
  private hold(chunk: Uint8Array, at: number, wanted: number): number {
    const count = Math.min(wanted - this.held, chunk.length - at);
    const needed = this.held + count;
    if (needed > this.buffer.length) {
      const larger =
        this.memory?.take(wanted) ??
        new Uint8Array(Math.max(needed, Math.min(wanted, Math.max(FIRST_CAPACITY, 4 * needed))));
      larger.set(this.buffer.subarray(0, this.held));
      this.buffer = larger;
    }
    this.buffer.set(chunk.subarray(at, at + count), this.held);
    this.held = needed;
    return count;
  }
}

/** A request header, and where the body begins in the frame. */
export interface RequestHeader {
  apiKey: number;
  apiVersion: number;
  correlationId: number;
  clientId: string;
  bodyOffset: number;
}

/** A response header, and where the body begins in the frame. */
export interface ResponseHeader {
  correlationId: number;
  bodyOffset: number;
}

/** Header values of a request to encode. */
export interface RequestParts<Request> {
  version: number;
  correlationId: number;
  clientId: string;
  body: Request;
}

/** Reads the header of a request frame (without length prefix). Throws DecodeError. */
export function decodeRequestHeader(frame: Uint8Array): RequestHeader {
  const reader = new Reader(frame);
  try {
    return {
      apiKey: reader.u16(),
      apiVersion: reader.i16(),
      correlationId: reader.i32(),
      clientId: reader.string(),
      bodyOffset: reader.offset,
    };
  } catch (error) {
    throw error instanceof DecodeError ? error.within("RequestHeader") : error;
  }
}

/**
 * Reads the body of a request frame whose header is known. Offsets in errors count from the start of the frame.
 * More than MAX_REQUEST_ELEMENTS elements are a DecodeError.
 */
export function decodeRequestBody<Request>(
  api: Api<Request, unknown>,
  frame: Uint8Array,
  header: RequestHeader,
): Request {
  const reader = new Reader(frame, header.bodyOffset);
  reader.elementsLeft = MAX_REQUEST_ELEMENTS;
  return decodeFrom(reader, api.request, header.apiVersion);
}

/** Reads a whole request frame of a known API. */
export function decodeRequest<Request>(
  api: Api<Request, unknown>,
  frame: Uint8Array,
): { header: RequestHeader; body: Request } {
  const header = decodeRequestHeader(frame);
  return { header, body: decodeRequestBody(api, frame, header) };
}

/** Reads the header of a response frame (without length prefix). Throws DecodeError. */
export function decodeResponseHeader(frame: Uint8Array): ResponseHeader {
  const reader = new Reader(frame);
  try {
    return { correlationId: reader.i32(), bodyOffset: reader.offset };
  } catch (error) {
    throw error instanceof DecodeError ? error.within("ResponseHeader") : error;
  }
}

/** Reads the body of a response frame; `version` is that of the request it answers. */
export function decodeResponseBody<Response>(
  api: Api<unknown, Response>,
  version: number,
  frame: Uint8Array,
): Response {
  return decodeFrom(new Reader(frame, 4), api.response, version);
}

/** Reads a whole response frame; `version` is that of the request it answers. */
export function decodeResponse<Response>(
  api: Api<unknown, Response>,
  version: number,
  frame: Uint8Array,
): { correlationId: number; body: Response } {
  const { correlationId } = decodeResponseHeader(frame);
  return { correlationId, body: decodeResponseBody(api, version, frame) };
}

/** The largest length that the frame prefix, a signed number, can announce. */
const MAX_PREFIX = 0x7fffffff;

function framed(writer: Writer, write: () => void): Writer {
  writer.reserve(4);
  write();
  const length = writer.size - 4;
  if (length > MAX_PREFIX) throw new EncodeError(`frame of ${length} bytes, at most ${MAX_PREFIX} fit`);
  writer.patchU32(0, length);
  return writer;
}

function writeRequest<Request>(
  writer: Writer,
  api: Api<Request, unknown>,
  request: RequestParts<Request>,
): Writer {
  return framed(writer, () => {
    writer.u16(api.key);
    writer.i16(request.version);
    writer.i32(request.correlationId);
    writer.string(request.clientId);
    encodeInto(writer, api.request, request.body, request.version);
  });
}

/** A request frame with its length prefix, ready to send. Throws EncodeError. */
export function encodeRequest<Request>(
  api: Api<Request, unknown>,
  request: RequestParts<Request>,
): Uint8Array {
  return writeRequest(new Writer(), api, request).finish();
}

/** As `encodeRequest`, in pieces to send one after the other: long byte fields are not copied but referred to. */
export function encodeRequestParts<Request>(
  api: Api<Request, unknown>,
  request: RequestParts<Request>,
): Uint8Array[] {
  return writeRequest(new Writer(256, { gather: true }), api, request).parts();
}

function writeResponse<Response>(
  writer: Writer,
  api: Api<unknown, Response>,
  version: number,
  correlationId: number,
  body: Response,
): Writer {
  return framed(writer, () => {
    writer.i32(correlationId);
    encodeInto(writer, api.response, body, version);
  });
}

/** A response frame with its length prefix, ready to send; `version` is that of the request. Throws EncodeError. */
export function encodeResponse<Response>(
  api: Api<unknown, Response>,
  version: number,
  correlationId: number,
  body: Response,
): Uint8Array {
  return writeResponse(new Writer(), api, version, correlationId, body).finish();
}

/** As `encodeResponse`, in pieces to send one after the other: long byte fields are not copied but referred to. */
export function encodeResponseParts<Response>(
  api: Api<unknown, Response>,
  version: number,
  correlationId: number,
  body: Response,
): Uint8Array[] {
  return writeResponse(new Writer(256, { gather: true }), api, version, correlationId, body).parts();
}
