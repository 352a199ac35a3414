// `throw` without wasm exceptions, which the engine refuses: the compiler calls `abort`, it notes the message
// and returns, and every function on the way to the handler returns as soon as it sees `thrown`
// (the compiler pass in src/unwind.ts adds these checks).

/** Whether a throw is on its way to the handler's caller. */
export let thrown: bool = false;
/** What was thrown; empty unless `thrown`. */
export let message: string = "";

/** The compiler's target for `throw`, failed asserts and its own checks. The first throw wins. */
export function abort(text: string | null, file: string | null, line: u32, column: u32): void {
  if (thrown) return;
  thrown = true;
  message = text === null ? "aborted" : text;
}

/** Forgets the throw. The message must go too: the region would keep it, and all of its call, otherwise. */
export function clear(): void {
  thrown = false;
  message = "";
}

/** Puts a throw back that was cleared to report it. */
export function rethrow(text: string): void {
  thrown = true;
  message = text;
}

/** Where what would trap goes instead: an overflow (0) or zero (1) in a division, `unreachable()` (2); the compiler pass calls it. */
export function fault(what: i32): void {
  abort(what == 1 ? "division by zero" : what ? "unreachable" : "division overflows", null, 0, 0);
}
