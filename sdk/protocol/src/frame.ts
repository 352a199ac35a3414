/** Frames (length-prefixed messages) and the headers of requests and responses. */
import { decodeFrom, encodeInto } from "./codec/codec.ts";
import { type Codec, DecodeError, Reader, Writer } from "./codec/index.ts";

/** The largest frame FrameSplitter accepts unless told otherwise: 64 MiB, twice the largest batch an SPU takes. */
export const DEFAULT_MAX_FRAME_LENGTH = 64 * 1024 * 1024;

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

/**
 * Cuts a byte stream into frames, whatever the chunks. Holds at most one unfinished frame, and of that only the bytes
 * that have arrived: an announced length costs nothing until it comes.
 */
export class FrameSplitter {
  private readonly limit: number;
  private chunks: Uint8Array[] = [];
  private held = 0;
  private failed: FrameError | null = null;

  /** `limit` is the largest accepted frame in bytes, its length prefix not counted. */
  constructor(limit: number = DEFAULT_MAX_FRAME_LENGTH) {
    this.limit = limit;
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
    let rest = chunk;
    while (true) {
      if (this.held === 0) {
        const length = this.frameLength(rest);
        if (length === null || rest.length < 4 + length) break;
        frames.push(rest.subarray(4, 4 + length));
        rest = rest.subarray(4 + length);
        continue;
      }
      // complete the prefix first, then the frame that it announces
      const known = this.held >= 4 ? this.frameLength(this.head()) : null;
      const wanted = known === null ? 4 : 4 + known;
      const taken = rest.subarray(0, wanted - this.held);
      this.hold(taken);
      rest = rest.subarray(taken.length);
      if (this.held < wanted) return frames;
      const length = this.frameLength(this.head())!;
      if (this.held < 4 + length) {
        if (rest.length === 0) return frames;
        continue;
      }
      frames.push(this.joined().subarray(4));
      this.chunks = [];
      this.held = 0;
    }
    this.hold(rest);
    return frames;
  }

  /** The length that the first four bytes announce; null with fewer. */
  private frameLength(bytes: Uint8Array): number | null {
    if (bytes.length < 4) return null;
    const length = (bytes[0]! << 24) | (bytes[1]! << 16) | (bytes[2]! << 8) | bytes[3]!;
    if (length < 0 || length > this.limit) {
      this.failed = new FrameError(length, this.limit);
      this.chunks = [];
      this.held = 0;
      throw this.failed;
    }
    return length;
  }

  private hold(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.chunks.push(bytes);
    this.held += bytes.length;
  }

  /** The held bytes with at least the first four in one piece. */
  private head(): Uint8Array {
    if (this.chunks[0]!.length < 4) this.chunks = [this.joined()];
    return this.chunks[0]!;
  }

  private joined(): Uint8Array {
    if (this.chunks.length === 1) return this.chunks[0]!;
    const joined = new Uint8Array(this.held);
    let at = 0;
    for (const chunk of this.chunks) {
      joined.set(chunk, at);
      at += chunk.length;
    }
    return joined;
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

/** Reads the body of a request frame whose header is known. Offsets in errors count from the start of the frame. */
export function decodeRequestBody<Request>(
  api: Api<Request, unknown>,
  frame: Uint8Array,
  header: RequestHeader,
): Request {
  return decodeFrom(new Reader(frame, header.bodyOffset), api.request, header.apiVersion);
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

function frame(write: (writer: Writer) => void): Uint8Array {
  const writer = new Writer();
  writer.reserve(4);
  write(writer);
  writer.patchU32(0, writer.length - 4);
  return writer.finish();
}

/** A request frame with its length prefix, ready to send. Throws EncodeError. */
export function encodeRequest<Request>(
  api: Api<Request, unknown>,
  request: RequestParts<Request>,
): Uint8Array {
  return frame((writer) => {
    writer.u16(api.key);
    writer.i16(request.version);
    writer.i32(request.correlationId);
    writer.string(request.clientId);
    encodeInto(writer, api.request, request.body, request.version);
  });
}

/** A response frame with its length prefix, ready to send; `version` is that of the request. Throws EncodeError. */
export function encodeResponse<Response>(
  api: Api<unknown, Response>,
  version: number,
  correlationId: number,
  body: Response,
): Uint8Array {
  return frame((writer) => {
    writer.i32(correlationId);
    encodeInto(writer, api.response, body, version);
  });
}
