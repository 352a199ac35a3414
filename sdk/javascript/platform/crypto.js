// The part of crypto that needs no keys: random bytes, UUIDs, SHA-256.

import { bytesOf } from "./bytes.js";

/** The glue's functions, there while the module is built. */
const native = /* @__PURE__ */ (() => globalThis.__smdk_native)();

const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
export const crypto = {
  getRandomValues(target) {
    if (!ArrayBuffer.isView(target) || target instanceof DataView || /Float/.test(target.constructor.name)) {
      throw new TypeError("getRandomValues fills integer arrays");
    }
    if (target.byteLength > 65536) throw new RangeError("getRandomValues gives at most 65536 bytes at once");
    native.fillRandom(bytesOf(target));
    return target;
  },
  randomUUID() {
    const bytes = native.fillRandom(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    return hex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  },
  subtle: {
    async digest(algorithm, data) {
      const name = String(algorithm?.name ?? algorithm).toUpperCase();
      if (name !== "SHA-256") throw new Error(`digest knows SHA-256 only, not ${name}`);
      return native.sha256(bytesOf(data)).buffer;
    },
  },
};
