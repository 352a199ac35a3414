// Feeds a module batch after batch and looks at its memory, for the benches of what an instance grows to.
/** Records of a batch. */
export const PER_BATCH = 1000;

/**
 * Memory in KB of an instance at first, after the first million records, and at the end. `input` is a batch of 1000 that
 * holds a number of ten digits at each of the `places`; so many of its last digits, `digits`, are left to chance each
 * time: some values come again soon, most later.
 */
export function memoryGrowth({ title, exports, call, input, places, digits, records }) {
  const kilobytes = () => exports.memory.buffer.byteLength / 1024;
  const initial = kilobytes();
  let state = 1;
  let early = 0;
  const started = performance.now();
  for (let done = 0; done < records; done += PER_BATCH) {
    for (const place of places) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      let rest = state % 10 ** digits;
      for (let i = 9; i >= 10 - digits; i--) {
        input[place + i] = 0x30 + (rest % 10);
        rest = Math.floor(rest / 10);
      }
    }
    const at = exports.alloc(input.length);
    new Uint8Array(exports.memory.buffer, at, input.length).set(input);
    if (exports[call](at, input.length, 25) < 0) throw new Error(`${title} refused a batch`);
    if (done + PER_BATCH >= 1_000_000 && early === 0) early = kilobytes();
  }
  const late = kilobytes();
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  return { initial, early, late, seconds, grew: early !== 0 && late > early };
}
