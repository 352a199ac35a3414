/**
 * Turns whatever came out of a guest call into an EngineError with the texts a real SPU gives: V8's words for
 * traps are exchanged for those of wasmtime, and the stack becomes a wasm backtrace.
 */
import { EngineError, memoryLimitError } from "./error.ts";
import { HostTrap } from "./host-trap.ts";
import type { CompiledModule, SmartModule } from "./module.ts";
import type { WasmFrame } from "./trace/locate.ts";
import { demangle } from "./wasm/demangle.ts";
import { decodeRefusal, NO_REFUSAL } from "./wasm/limit.ts";
import { WASM_PAGE } from "./wasm/parse.ts";
import { V8, type V8Exports, type V8Global } from "./wasm/v8.ts";

/** What upstream names for a request beyond the address space: all of it but a page. */
const LARGEST_REQUEST = (1n << 64n) - BigInt(WASM_PAGE);
/** Frames kept for a backtrace; a stack overflow has thousands. */
const MAX_FRAMES = 100;
const MAX_NAME = 1000;

// V8's wording to wasmtime's. V8 does not tell a null entry from a wrong type, nor NaN from out of range: the
// likelier one is named.
const STACK_EXHAUSTED = "wasm trap: call stack exhausted";
const OUT_OF_FUEL = "wasm trap: all fuel consumed by WebAssembly";
const TRAPS: readonly (readonly [RegExp, string])[] = [
  [/^unreachable/, "wasm `unreachable` instruction executed"],
  [/memory access out of bounds|data segment .*out of bounds/, "out of bounds memory access"],
  [/divide by zero|remainder by zero/, "integer divide by zero"],
  [/divide result unrepresentable/, "integer overflow"],
  [/float unrepresentable/, "invalid conversion to integer"],
  [
    /table (index|access)|element segment .*out of bounds|table .*out of bounds/,
    "undefined element: out of bounds table access",
  ],
  [/null function or function signature|signature mismatch/, "uninitialized element"],
  [/unaligned access/, "unaligned atomic"],
  [/wait on (unshared|non-shared)|Atomics\.wait cannot be called/, "atomic wait on non-shared memory"],
  [/null (reference|pointer)/, "null reference"],
  [/Maximum call stack size exceeded/, "call stack exhausted"],
];

/** A guest whose trap is to be explained. */
export interface TrappedGuest {
  module: SmartModule;
  compiled: CompiledModule;
  /** The instance's exports; null when there are none yet. */
  exports: V8Exports | null;
}

/** Runs guest code with a stack trace deep enough for a backtrace. */
export function withBacktraces<T>(run: () => T): T {
  const before = Error.stackTraceLimit;
  Error.stackTraceLimit = MAX_FRAMES;
  try {
    return run();
  } finally {
    Error.stackTraceLimit = before;
  }
}

/** Explains what a guest call threw. Never throws. */
export function explainTrap(error: unknown, guest: TrappedGuest): EngineError {
  const refusal = takeRefusal(guest);
  const stack = error instanceof Error ? String(error.stack ?? "") : "";
  const causes = takeExhausted(guest) ? [OUT_OF_FUEL] : reasons(error);
  const frames = wasmFrames(stack, guest);
  const lines = printFrames(frames, guest, causes.includes(STACK_EXHAUSTED));
  const backtrace =
    lines.length === 0 ? [] : [`error while executing at wasm backtrace:\n${lines.join("\n")}`];
  if (refusal !== null)
    return memoryLimitError(refusal, BigInt(guest.compiled.memoryLimit), backtrace, frames);
  const [message, ...rest] = [...backtrace, ...causes];
  return new EngineError("SMDK_ENGINE_TRAP", message!, { causes: rest, frames });
}

function reasons(error: unknown): string[] {
  if (error instanceof HostTrap) return [error.message, ...error.causes];
  if (error instanceof V8.RuntimeError || error instanceof RangeError) {
    for (const [pattern, text] of TRAPS) {
      if (pattern.test(error.message)) return [`wasm trap: ${text}`];
    }
  }
  return [error instanceof Error ? error.message : String(error)];
}

/** Whether the trap was the one of an empty fuel counter; the mark is cleared. */
function takeExhausted({ compiled, exports }: TrappedGuest): boolean {
  if (compiled.meter === null || exports === null) return false;
  const mark = exports[compiled.meter.exhausted] as V8Global;
  const exhausted = mark.value === 1;
  mark.value = 0;
  return exhausted;
}

/** Bytes a refused growth asked for, or null; the mark is cleared so that the next call starts afresh. */
function takeRefusal({ compiled, exports }: TrappedGuest): bigint | null {
  const { growGlobal } = compiled.limited;
  if (growGlobal === null || exports === null) return null;
  const global = exports[growGlobal] as V8Global;
  const pages = decodeRefusal(global.value as bigint);
  if (pages === null) return null;
  global.value = NO_REFUSAL;
  const requested = pages * BigInt(WASM_PAGE);
  return requested > LARGEST_REQUEST ? LARGEST_REQUEST : requested;
}

const FRAME = /wasm:\/\/wasm\/[^\s():]*:wasm-function\[(\d+)\]:0x([0-9a-f]+)/;

/** The guest's calls in a JavaScript stack, innermost first. */
export function wasmFrames(stack: string, { module, compiled }: TrappedGuest): WasmFrame[] {
  const helpersFrom = module.info.functions.length;
  const names = module.debugNames;
  const frames: WasmFrame[] = [];
  for (const line of stack.split("\n")) {
    const match = FRAME.exec(line);
    if (match === null) continue;
    const functionIndex = Number(match[1]);
    if (functionIndex >= helpersFrom) continue;
    frames.push({
      functionIndex,
      offset: compiled.original(Number.parseInt(match[2]!, 16)),
      name: names.functions.get(functionIndex) ?? null,
    });
  }
  return frames;
}

function printFrames(frames: readonly WasmFrame[], { module }: TrappedGuest, overflow: boolean): string[] {
  const file = (module.debugNames.module ?? "<unknown>").slice(0, MAX_NAME);
  return frames.map(({ functionIndex, offset, name }, position) => {
    const symbol = name === null ? `<wasm function ${functionIndex}>` : demangle(name.slice(0, MAX_NAME));
    const number = String(position).padStart(5);
    // The frame that found the stack too small has no instruction of its own.
    const address = overflow && position === 0 ? "" : `${`0x${offset.toString(16)}`.padStart(8)} - `;
    return `${number}: ${address}${file}!${symbol}`;
  });
}
