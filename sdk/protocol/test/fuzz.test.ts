import { expect, test } from "vitest";
import {
  type Api,
  type Codec,
  DecodeError,
  decode,
  decodeRequestBody,
  decodeRequestHeader,
  decodeResponse,
  encode,
  encodeRequest,
  encodeResponse,
  SyncRecordsRequest,
  scPrivateApis,
  spuControlApis,
  spuPrivateApis,
} from "../src/index.ts";
import { type RecordedFrame, recordedFrames } from "./support/recordings.ts";

const MUTATIONS = 100_000;
const seed = Number(process.env.SMDK_FUZZ_SEED ?? 20261123) >>> 0;

/** Mulberry32: small, and the same everywhere for one seed. */
function random(state: number): (below: number) => number {
  let a = state;
  return (below) => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

const LENGTHS = [0, 1, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff, 0x00ffffff];

function mutate(next: (below: number) => number, frame: Uint8Array, other: Uint8Array): Uint8Array {
  let bytes = frame.slice();
  for (let rounds = 1 + next(3); rounds > 0; rounds--) {
    const at = next(bytes.length + 1);
    switch (next(7)) {
      case 0:
        if (at < bytes.length) bytes[at]! ^= 1 << next(8);
        break;
      case 1:
        if (at < bytes.length) bytes[at] = [0, 1, 0x7f, 0x80, 0xff, next(256)][next(6)]!;
        break;
      case 2:
        bytes = bytes.slice(0, at);
        break;
      case 3: {
        // a length or count that promises more than there is
        const view = new DataView(bytes.buffer, bytes.byteOffset);
        const length = LENGTHS[next(LENGTHS.length)]!;
        if (at + 4 <= bytes.length) view.setUint32(at, length);
        break;
      }
      case 4: {
        const view = new DataView(bytes.buffer, bytes.byteOffset);
        if (at + 2 <= bytes.length) view.setUint16(at, LENGTHS[next(6)]!);
        break;
      }
      case 5:
        bytes = Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(at + next(9))]);
        break;
      default: {
        const from = next(other.length + 1);
        const piece = other.subarray(from, from + next(64));
        bytes = Uint8Array.from([...bytes.subarray(0, at), ...piece, ...bytes.subarray(at)]);
      }
    }
  }
  return bytes;
}

/** How many values a decoded value holds; byte views count as one. */
function weight(value: unknown): number {
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return 1;
  const parts = value instanceof Map ? [...value].flat() : Object.values(value);
  return parts.reduce<number>((sum, part) => sum + weight(part), 1);
}

interface Outcome {
  decoded: number;
  refused: number;
}

/** Decodes, or checks that the failure is a located DecodeError; what decodes must encode, and reach a fixed point. */
function survives(
  outcome: Outcome,
  bytes: Uint8Array,
  read: (input: Uint8Array) => { value: unknown; write: () => Uint8Array },
): void {
  let result: ReturnType<typeof read>;
  try {
    result = read(bytes);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    if (!(error.offset >= 0 && error.offset <= bytes.length) || error.path === "") {
      expect.fail(`${error.message}: place ${error.path} ${error.offset} of ${bytes.length}`);
    }
    outcome.refused++;
    return;
  }
  outcome.decoded++;
  if (weight(result.value) > 1000 + 40 * bytes.length) {
    expect.fail(`${bytes.length} bytes decode to ${weight(result.value)} values`);
  }
  const canonical = result.write();
  const again = read(canonical).write();
  if (Buffer.compare(canonical, again) !== 0) expect.fail("decoding what was encoded gives something else");
}

function readFrame(frame: RecordedFrame, api: Api, version: number) {
  if (frame.direction === "response") {
    return (bytes: Uint8Array) => {
      const { correlationId, body } = decodeResponse(api, version, bytes);
      return { value: body, write: () => encodeResponse(api, version, correlationId, body).subarray(4) };
    };
  }
  return (bytes: Uint8Array) => {
    const header = decodeRequestHeader(bytes);
    const body = decodeRequestBody(api, bytes, header);
    const { apiVersion, correlationId, clientId } = header;
    return {
      value: body,
      write: () => encodeRequest(api, { version: apiVersion, correlationId, clientId, body }).subarray(4),
    };
  };
}

test(`${MUTATIONS} mutated frames either decode or are refused with a DecodeError (seed ${seed})`, () => {
  const next = random(seed);
  // modules of many kilobytes add time and nothing else: the few bytes around them are what decides
  const frames = recordedFrames().filter((frame) => frame.api !== null && frame.bytes.length <= 2000);
  const outcome: Outcome = { decoded: 0, refused: 0 };
  for (let i = 0; i < MUTATIONS; i++) {
    const frame = frames[next(frames.length)]!;
    const mutated = mutate(next, frame.bytes, frames[next(frames.length)]!.bytes);
    const version = next(4) === 0 ? next(40) - 8 : frame.version;
    survives(outcome, mutated, readFrame(frame, frame.api!, version));
  }
  console.log(`seed ${seed}: ${outcome.decoded} decoded, ${outcome.refused} refused`);
  expect(outcome.decoded).toBeGreaterThan(MUTATIONS / 20);
  expect(outcome.refused).toBeGreaterThan(MUTATIONS / 20);
});

test("random bytes never break a decoder of the internal protocols", () => {
  const next = random(seed + 1);
  const outcome: Outcome = { decoded: 0, refused: 0 };
  const codecs: Codec<unknown>[] = [SyncRecordsRequest as Codec<unknown>];
  for (const api of [...scPrivateApis.values(), ...spuControlApis.values(), ...spuPrivateApis.values()]) {
    codecs.push(api.request, api.response);
  }
  for (let i = 0; i < 20_000; i++) {
    const codec = codecs[next(codecs.length)]!;
    const version = next(30) - 2;
    // mostly zeros, so that lists and texts stay short enough to get somewhere
    const bytes = Uint8Array.from({ length: next(120) }, () => (next(4) === 0 ? next(256) : next(2)));
    survives(outcome, bytes, (input) => {
      const value = decode(codec, input, version);
      return { value, write: () => encode(codec, value, version) };
    });
  }
  expect(outcome.decoded).toBeGreaterThan(1000);
});
