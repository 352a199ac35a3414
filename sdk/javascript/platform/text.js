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

/** How many bytes at the end begin a character that is not complete; 0 when none do. */
function begun(bytes) {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const at = bytes.length - back;
    const byte = bytes[at];
    if (byte >= 0x80 && byte < 0xc0) continue;
    const size = byte < 0xc2 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : byte < 0xf5 ? 4 : 1;
    if (size <= back) return 0;
    // The byte behind these has a range of its own: no long forms, no surrogates, nothing beyond the last plane.
    const second = back > 1 ? bytes[at + 1] : 0xa0;
    const least = byte === 0xe0 ? 0xa0 : byte === 0xf0 ? 0x90 : 0x80;
    const most = byte === 0xed ? 0x9f : byte === 0xf4 ? 0x8f : 0xbf;
    return back === 1 || (second >= least && second <= most) ? back : 0;
  }
  return 0;
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
      const back = begun(bytes);
      if (back > 0) {
        this.#rest = bytes.slice(bytes.length - back);
        bytes = bytes.subarray(0, bytes.length - back);
      }
    }
    if (this.#fatal && !native.isUtf8(bytes)) {
      this.#rest = new Uint8Array(0);
      this.#started = false;
      throw new TypeError("the bytes are no UTF-8");
    }
    let text = native.decode(bytes);
    if (!this.#started && !this.#ignoreBOM && text.charCodeAt(0) === 0xfeff) text = text.slice(1);
    this.#started = Boolean(options.stream) && (this.#started || bytes.length > 0);
    return text;
  }
}
