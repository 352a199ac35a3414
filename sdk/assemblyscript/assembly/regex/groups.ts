// Where the groups of a match are: all threads of the program go through the match side by side, each with its slots.

import { BYTE, CLEAR, EDGE, holds, HOLDS, kindBehind, kindOf, MATCH, SAVE, SPLIT } from "./program";

/**
 * The places of the groups, two for each (the whole match is the first), counted from `start`; -1 for a group that is
 * not part of the match. The match from `from` to `to` must be one that was found in the text from `start` to `end`.
 */
export function groupsOf(
  steps: usize, count: i32, begin: i32, slots: i32, start: usize, from: usize, to: usize, end: usize,
): StaticArray<i32> {
  let best = new StaticArray<i32>(slots);
  for (let i = 0; i < slots; ++i) best[i] = -1;
  // Threads by their steps, in order, and the slots of the thread at each step: now, and behind the next byte.
  let now = new Array<i32>();
  let then = new Array<i32>();
  let nowSlots = new StaticArray<i32>(count * slots);
  let thenSlots = new StaticArray<i32>(count * slots);
  let seen = new StaticArray<i32>(count);
  let current = new StaticArray<i32>(slots);
  // What is still to follow: a step; or, below zero, a slot to be put back, with what was in it.
  let stack = new Array<i32>();
  let size = <usize>slots << 2;
  let turn = 0;
  now.push(begin);
  memory.copy(changetype<usize>(nowSlots) + <usize>begin * size, changetype<usize>(best), size);
  for (let p = from; p <= to; ++p) {
    ++turn;
    let before = p == start ? EDGE : kindOf(load<u8>(p - 1));
    let behind = p == end ? EDGE : kindBehind(load<u8>(p));
    let byte = p < to ? <u32>load<u8>(p) : 0x100;
    then.length = 0;
    let matched = false;
    for (let i = 0; i < now.length && !matched; ++i) {
      memory.copy(changetype<usize>(current), changetype<usize>(nowSlots) + <usize>now[i] * size, size);
      stack.length = 0;
      stack.push(now[i]);
      while (stack.length) {
        let at = stack.pop();
        if (at < 0) {
          current[~at] = stack.pop();
          continue;
        }
        if (seen[at] == turn) continue;
        seen[at] = turn;
        let step = load<u64>(steps + (<usize>at << 3));
        let kind = <u32>step & 0xffff;
        let a = <i32>(step >> 16) & 0xffff;
        let next = <i32>(step >> 48);
        if (kind == BYTE) {
          if (byte >= <u32>(a & 0xff) && byte <= <u32>(a >>> 8)) {
            let slot = changetype<usize>(thenSlots) + <usize>next * size;
            if (!then.includes(next)) {
              then.push(next);
              memory.copy(slot, changetype<usize>(current), size);
            }
          }
        } else if (kind == SPLIT) {
          stack.push(next);
          stack.push(a);
        } else if (kind == HOLDS) {
          if (holds(a, before, behind)) stack.push(next);
        } else if (kind == SAVE || kind == CLEAR) {
          let last = kind == SAVE ? a + 1 : <i32>(step >> 32) & 0xffff;
          for (let slot = a; slot < last; ++slot) {
            stack.push(current[slot]);
            stack.push(~slot);
            current[slot] = kind == SAVE ? <i32>(p - start) : -1;
          }
          stack.push(next);
        } else if (kind == MATCH) {
          memory.copy(changetype<usize>(best), changetype<usize>(current), size);
          matched = true;
          break;
        }
      }
    }
    let threads = now;
    now = then;
    then = threads;
    let places = nowSlots;
    nowSlots = thenSlots;
    thenSlots = places;
  }
  best[0] = <i32>(from - start);
  best[1] = <i32>(to - start);
  return best;
}
