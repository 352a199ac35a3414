/**
 * Walks a valid function body and cuts it into the straight pieces that wasmtime's compiler counts fuel for. It keeps
 * the same idea of reachable code: what it takes for unreachable costs nothing, because it is never compiled.
 */
import { skipImmediates } from "../wasm/code.ts";
import type { WasmModuleInfo } from "../wasm/parse.ts";
import { WASM_PAGE } from "../wasm/parse.ts";
import { WasmReader } from "../wasm/reader.ts";
import { accessSize } from "./access-size.ts";

/** What the compiler has to do around an instruction. */
export interface FuelVisitor {
  /** `cost` operators were passed since the last flush; the counter takes them up before the instruction at `at`. */
  flush(cost: number, at: number): void;
  /** The local counter is written back before the instruction at `at`. */
  save(at: number): void;
  /** A loop starts; `after` is the position behind its block type. */
  loop(at: number, after: number): void;
  /** The instruction that ends at `after` was a call: the counter is read again. */
  called(after: number): void;
  /** The last `end`, at `at`; `reachable` tells whether the function can return there. */
  end(at: number, reachable: boolean): void;
  /** An operator in reachable code, and what it costs. */
  operator?(at: number, cost: number): void;
}

interface Frame {
  loop: boolean;
  branchedTo: boolean;
  /** Only of an `if`: whether its head can be reached. */
  head: boolean | null;
  /** Whether the first branch of an `if` reaches its end; null while in it. */
  consequentEnds: boolean | null;
}

const FREE = new Set([0x00, 0x01, 0x02, 0x03, 0x05, 0x0b, 0x0f, 0x1a]);

const UNREACHABLE = 0x00;
const BLOCK = 0x02;
const LOOP = 0x03;
const IF = 0x04;
const ELSE = 0x05;
const END = 0x0b;
const BR = 0x0c;
const BR_IF = 0x0d;
const BR_TABLE = 0x0e;
const RETURN = 0x0f;
const CALL = 0x10;
const CALL_INDIRECT = 0x11;
const RETURN_CALL = 0x12;
const RETURN_CALL_INDIRECT = 0x13;

/** Walks the instructions from `start` (behind the locals) to `end`. The body must be valid. */
export function walkFuel(
  bytes: Uint8Array,
  info: WasmModuleInfo,
  start: number,
  end: number,
  visitor: FuelVisitor,
): void {
  const reader = new WasmReader(bytes, start, end);
  const frames: Frame[] = [{ loop: false, branchedTo: false, head: null, consequentEnds: null }];
  // An empty function costs 1, which is taken up with the first flush: the one of the entry.
  let pending = 0;
  let reachable = true;
  const flush = (at: number): void => {
    if (pending > 0) visitor.flush(pending, at);
    pending = 0;
  };
  const branch = (depth: number): void => {
    const frame = frames[frames.length - 1 - depth];
    if (frame !== undefined) frame.branchedTo = true;
  };
  while (reader.pos < end) {
    const at = reader.pos;
    const opcode = reader.u8();
    const cost = FREE.has(opcode) ? 0 : 1;
    if (reachable) {
      pending += cost;
      visitor.operator?.(at, cost);
    }
    switch (opcode) {
      case BLOCK:
      case LOOP:
      case IF: {
        if (reachable && opcode !== BLOCK) flush(at);
        skipImmediates(reader, opcode, at);
        const head = opcode === IF ? reachable : null;
        frames.push({ loop: opcode === LOOP, branchedTo: false, head, consequentEnds: null });
        if (reachable && opcode === LOOP) visitor.loop(at, reader.pos);
        break;
      }
      case ELSE: {
        if (reachable) flush(at);
        const frame = frames.at(-1)!;
        frame.consequentEnds = reachable;
        if (frame.head === true) reachable = true;
        break;
      }
      case END: {
        if (reachable) flush(at);
        const frame = frames.pop()!;
        if (!reachable) {
          const anyway = frame.head === true && (frame.consequentEnds ?? true);
          reachable = anyway || (frame.branchedTo && !frame.loop);
        }
        if (frames.length === 0) visitor.end(at, reachable);
        break;
      }
      case BR:
      case BR_IF: {
        const depth = reader.u32();
        if (!reachable) break;
        flush(at);
        branch(depth);
        if (opcode === BR) reachable = false;
        break;
      }
      case BR_TABLE: {
        for (let targets = reader.u32() + 1; targets > 0; targets--) {
          const depth = reader.u32();
          if (reachable) branch(depth);
        }
        if (reachable) flush(at);
        reachable = false;
        break;
      }
      case UNREACHABLE:
      case RETURN:
      case RETURN_CALL:
      case RETURN_CALL_INDIRECT:
        skipImmediates(reader, opcode, at);
        if (!reachable) break;
        flush(at);
        visitor.save(at);
        reachable = false;
        break;
      case CALL:
      case CALL_INDIRECT:
        skipImmediates(reader, opcode, at);
        if (!reachable) break;
        flush(at);
        visitor.save(at);
        visitor.called(reader.pos);
        break;
      default:
        skipImmediates(reader, opcode, at);
        if (reachable && alwaysTraps(bytes, at, info)) {
          flush(at);
          visitor.save(at);
          reachable = false;
        }
    }
  }
}

/** Whether a load or store cannot succeed at any address: then the compiler puts a trap in its place. */
function alwaysTraps(bytes: Uint8Array, at: number, info: WasmModuleInfo): boolean {
  const opcode = bytes[at]!;
  if (opcode < 0x28 || (opcode > 0x3e && opcode < 0xfd)) return false;
  const reader = new WasmReader(bytes, at + 1);
  const subopcode = opcode >= 0xfd ? reader.u32() : 0;
  const size = accessSize(opcode, subopcode);
  if (size === null) return false;
  const flags = reader.u32();
  const memory = info.memories[(flags & 0x40) !== 0 ? reader.u32() : 0];
  if (memory === undefined) return false;
  const declared = reader.u64();
  // An offset beyond 32 bits is added to the address at run time.
  const offset = declared > 0xffff_ffffn ? 0n : declared;
  const largest = memory.maximum ?? (memory.wide ? 1n << 48n : 1n << 16n);
  return offset + BigInt(size) > largest * BigInt(WASM_PAGE);
}
