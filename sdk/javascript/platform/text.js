// TextEncoder and TextDecoder, for UTF-8.

import { bytesOf } from "./bytes.js";

/** The glue's functions, there while the module is built. */
const native = /* @__PURE__ */ (() => globalThis.__smdk_native)();

export class TextEncoder {
  get encoding() {
    return "utf-8";
  }
  encode(text = "") {
    return native.encode(String(text));
  }
  encodeInto(text, target) {
    let read = 0;
    let written = 0;
    for (const char of String(text)) {
      const bytes = native.encode(char);
      if (written + bytes.length > target.length) break;
      target.set(bytes, written);
      written += bytes.length;
      read += char.length;
    }
    return { read, written };
  }
}
export class TextDecoder {
  #fatal;
  #ignoreBOM;
  #rest = new Uint8Array(0);
  #started = false;
  constructor(label = "utf-8", options = {}) {
    if (!/^\s*(utf-?8|unicode-1-1-utf-8)\s*$/i.test(label)) {
      throw new RangeError(`TextDecoder knows utf-8 only, not "${label}"`);
    }
    this.#fatal = Boolean(options.fatal);
    this.#ignoreBOM = Boolean(options.ignoreBOM);
  }
  get encoding() {
    return "utf-8";
  }
  get fatal() {
    return this.#fatal;
  }
  get ignoreBOM() {
    return this.#ignoreBOM;
  }
  decode(input, options = {}) {
    let bytes = bytesOf(input);
    if (this.#rest.length > 0) {
      const joined = new Uint8Array(this.#rest.length + bytes.length);
      joined.set(this.#rest);
      joined.set(bytes, this.#rest.length);
      bytes = joined;
      this.#rest = new Uint8Array(0);
    }
    if (options.stream) {
      // A character that has begun waits for the rest of its bytes.
      for (let back = 1; back <= Math.min(3, bytes.length); back++) {
        const byte = bytes[bytes.length - back];
        if (byte < 0x80) break;
        if (byte >= 0xc0) {
          const size = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
          if (size > back) {
            this.#rest = bytes.slice(bytes.length - back);
            bytes = bytes.subarray(0, bytes.length - back);
          }
          break;
        }
      }
    }
    if (this.#fatal && !native.isUtf8(bytes)) throw new TypeError("the bytes are no UTF-8");
    let text = native.decode(bytes);
    if (!this.#started && !this.#ignoreBOM && text.charCodeAt(0) === 0xfeff) text = text.slice(1);
    this.#started = Boolean(options.stream) && (this.#started || bytes.length > 0);
    return text;
  }
}
