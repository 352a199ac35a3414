/** How many bytes an instruction reads or writes at its address; the fuel counter needs it for impossible offsets. */

/** Loads and stores 0x28 … 0x3e. */
const PLAIN = [4, 8, 4, 8, 1, 1, 2, 2, 1, 1, 2, 2, 4, 4, 4, 8, 4, 8, 1, 2, 1, 2, 4];
/** The pattern all atomic loads, stores and read-modify-writes repeat. */
const ATOMIC = [4, 8, 1, 2, 1, 2, 4];

/** Bytes accessed by the instruction with this opcode and, behind a prefix, subopcode; null if it has no address. */
export function accessSize(opcode: number, subopcode: number): number | null {
  if (opcode >= 0x28 && opcode <= 0x3e) return PLAIN[opcode - 0x28]!;
  if (opcode === 0xfd) return vectorSize(subopcode);
  // Waits and notifications check their address in the host.
  if (opcode !== 0xfe || subopcode <= 3) return null;
  return ATOMIC[(subopcode - 0x10) % ATOMIC.length]!;
}

function vectorSize(code: number): number | null {
  if (code === 0 || code === 11) return 16;
  if (code <= 6) return 8;
  if (code <= 10) return 1 << (code - 7);
  if (code >= 0x54 && code <= 0x5b) return 1 << ((code - 0x54) % 4);
  if (code === 0x5c) return 4;
  return code === 0x5d ? 8 : null;
}
