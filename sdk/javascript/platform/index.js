// What a program brings along when it uses it, since the engine lacks it.

export { structuredClone } from "./clone.js";
export { console } from "./console.js";
export { crypto } from "./crypto.js";
export { TextDecoder, TextEncoder } from "./text.js";
export { URL, URLSearchParams } from "./url.js";
