/** Small WASI programs as WebAssembly text, and their assembling. */
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

interface Wabt {
  parseWat(
    name: string,
    text: string,
    features?: Readonly<Record<string, boolean>>,
  ): { toBinary(options: object): { buffer: Uint8Array }; destroy(): void };
}

const require = createRequire(fileURLToPath(new URL("../../runtime/package.json", import.meta.url)));
let loaded: Promise<Wabt> | undefined;

/** Assembles a module. */
export async function assemble(text: string): Promise<Uint8Array> {
  loaded ??= (require("wabt") as () => Promise<Wabt>)();
  const module = (await loaded).parseWat("test.wat", text, { bulk_memory: true, reference_types: true });
  const { buffer } = module.toBinary({});
  module.destroy();
  return Uint8Array.from(buffer);
}

const IMPORTS = `
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))`;

/** $read puts all input (at most 60,000 bytes) at 1024 and returns its length; $write writes bytes to a descriptor. */
const HELPERS = `
  (func $read (result i32) (local $size i32)
    (block $done (loop $more
      (i32.store (i32.const 0) (i32.add (i32.const 1024) (local.get $size)))
      (i32.store (i32.const 4) (i32.const 7))
      (drop (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
      (br_if $done (i32.eqz (i32.load (i32.const 8))))
      (local.set $size (i32.add (local.get $size) (i32.load (i32.const 8))))
      (br $more)))
    (local.get $size))
  (func $write (param $fd i32) (param $at i32) (param $size i32)
    (i32.store (i32.const 0) (local.get $at))
    (i32.store (i32.const 4) (local.get $size))
    (drop (call $fd_write (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 8))))`;

/** A program with one page of memory, the helpers, and what else it is made of. */
export function program(body: string, more = ""): string {
  return `(module ${IMPORTS} ${more} (memory (export "memory") 1) ${HELPERS} ${body})`;
}

/** Writes what it reads with 32 taken from every letter's code: upper case. */
export const UPPER = program(`
  (func (export "_start") (local $size i32) (local $at i32)
    (local.set $size (call $read))
    (block $done (loop $next
      (br_if $done (i32.ge_u (local.get $at) (local.get $size)))
      (i32.store8 (i32.add (i32.const 1024) (local.get $at))
        (i32.and (i32.load8_u (i32.add (i32.const 1024) (local.get $at))) (i32.const 0xdf)))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br $next)))
    (call $write (i32.const 1) (i32.const 1024) (local.get $size)))`);

/** Writes what it reads. */
export const ECHO = program(
  `(func (export "_start") (call $write (i32.const 1) (i32.const 1024) (call $read)))`,
);

/**
 * Ends with the first byte of its input as exit code, after the rest was written to standard error, from within three
 * calls, one of them indirect; "A" aborts. What comes behind must not run.
 */
export const EXIT = program(`
  (type $f (func (param i32 f64) (result i64 i32)))
  (table 1 funcref)
  (elem (i32.const 0) func $inner)
  (func $inner (type $f)
    (if (i32.eq (local.get 0) (i32.const 65)) (then unreachable))
    (if (i32.ne (local.get 0) (i32.const 48)) (then (call $proc_exit (i32.sub (local.get 0) (i32.const 48)))))
    (i64.const 5) (i32.const 6))
  (func $middle (param i32) (result f32)
    (drop (drop (call_indirect (type $f) (local.get 0) (f64.const 1) (i32.const 0))))
    (call $write (i32.const 1) (i32.const 16) (i32.const 4))
    (f32.const 0))
  (data (i32.const 16) "done")
  (func (export "_start") (local $size i32)
    (local.set $size (call $read))
    (call $write (i32.const 2) (i32.const 1025) (i32.sub (local.get $size) (i32.const 1)))
    (drop (call $middle (i32.load8_u (i32.const 1024)))))`);

/** Counts its runs in memory, in a global and in a segment that it drops, and writes the counts. */
export const COUNTER = program(`
  (global $runs (mut i32) (i32.const 48))
  (data (i32.const 16) "0")
  (data $once "x")
  (func (export "_initialize") (i32.store8 (i32.const 20) (i32.const 73)))
  (func (export "run")
    (memory.init $once (i32.const 18) (i32.const 0) (i32.const 1))
    (data.drop $once)
    (i32.store8 (i32.const 16) (i32.add (i32.load8_u (i32.const 16)) (i32.const 1)))
    (global.set $runs (i32.add (global.get $runs) (i32.const 1)))
    (i32.store8 (i32.const 17) (global.get $runs))
    (call $write (i32.const 1) (i32.const 16) (i32.const 5)))`);

/** Takes memory page by page until it has 200, fills every page, adds all up, and writes the input and a letter. */
export const GROWS = program(`
  (func (export "_start") (local $size i32) (local $at i32) (local $sum i32)
    (local.set $size (call $read))
    (loop $more
      (if (i32.ne (memory.grow (i32.const 1)) (i32.sub (memory.size) (i32.const 1))) (then unreachable))
      (local.set $at (i32.shl (i32.sub (memory.size) (i32.const 1)) (i32.const 16)))
      (if (i32.load (local.get $at)) (then unreachable))
      (if (i32.load (i32.add (local.get $at) (i32.const 65532))) (then unreachable))
      (memory.fill (local.get $at) (i32.const 1) (i32.const 65536))
      (br_if $more (i32.lt_u (memory.size) (i32.const 200))))
    (local.set $at (i32.const 65536))
    (loop $next
      (local.set $sum (i32.add (local.get $sum) (i32.load8_u (local.get $at))))
      (local.set $at (i32.add (local.get $at) (i32.const 65536)))
      (br_if $next (i32.lt_u (local.get $at) (i32.const 13107200))))
    (i32.store8 (i32.add (i32.const 1024) (local.get $size)) (i32.sub (local.get $sum) (i32.const 100)))
    (call $write (i32.const 1) (i32.const 1024) (i32.add (local.get $size) (i32.const 1))))`);
