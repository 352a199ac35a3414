// What JavaScript programs expect from their surroundings and a SmartModule does not have.

/** Missing globals, each with what to do instead. */
export const MISSING: Readonly<Record<string, string>> = {
  setTimeout: "There is no time to wait for inside a SmartModule: a record is handled to its end at once.",
  setInterval:
    "There is no time to wait for inside a SmartModule: count records, or look at record.timestamp.",
  setImmediate: "Use queueMicrotask, or call the function at once.",
  clearTimeout: "There are no timers in a SmartModule.",
  clearInterval: "There are no timers in a SmartModule.",
  requestAnimationFrame: "There are no timers in a SmartModule.",
  fetch: "A SmartModule has no network: pass what it needs as parameters, or import it at build time.",
  XMLHttpRequest:
    "A SmartModule has no network: pass what it needs as parameters, or import it at build time.",
  WebSocket: "A SmartModule has no network.",
  EventSource: "A SmartModule has no network.",
  Headers: "A SmartModule has no network.",
  Request: "A SmartModule has no network.",
  Response: "A SmartModule has no network.",
  FormData: "A SmartModule has no network.",
  process: "Configuration comes as parameters: `init(params)`, or `params` of defineSmartModule.",
  Buffer: "Use Uint8Array with TextEncoder and TextDecoder; Uint8Array.fromBase64 and toHex are there too.",
  __dirname: "A SmartModule has no files: import them at build time, as in `import text from './table.csv'`.",
  __filename:
    "A SmartModule has no files: import them at build time, as in `import text from './table.csv'`.",
  window: "Use globalThis.",
  document: "A SmartModule is no web page.",
  navigator: "A SmartModule is no web page.",
  location: "A SmartModule is no web page.",
  localStorage: "State lives in the module's own variables; it begins anew with every consumer.",
  sessionStorage: "State lives in the module's own variables; it begins anew with every consumer.",
  performance: "Use Date.now().",
  Intl: "Format by hand, or with a library that brings its own tables, such as date-fns.",
  WebAssembly: "A SmartModule cannot load another wasm module.",
  Worker: "A SmartModule runs in one thread.",
  SharedArrayBuffer: "A SmartModule runs in one thread: use ArrayBuffer.",
  Atomics: "A SmartModule runs in one thread.",
  MessageChannel: "A SmartModule runs in one thread.",
  BroadcastChannel: "A SmartModule runs in one thread.",
  Blob: "Use Uint8Array.",
  File: "Use Uint8Array.",
  FileReader: "A SmartModule has no files.",
  ReadableStream: "Records come one at a time: handle them in filter, map, filterMap, arrayMap or aggregate.",
  WritableStream: "Return what a record becomes.",
  TransformStream: "Return what a record becomes.",
  AbortController: "There is nothing to abort in a SmartModule.",
  AbortSignal: "There is nothing to abort in a SmartModule.",
  Event: "There are no events in a SmartModule.",
  EventTarget: "There are no events in a SmartModule.",
  alert: "Use console.log.",
};

/** Globals that the engine lacks and a program brings along when it uses them. */
export const BROUGHT = [
  "console",
  "crypto",
  "structuredClone",
  "TextDecoder",
  "TextEncoder",
  "URL",
  "URLSearchParams",
] as const;

/** What to use instead of one of Node's modules. */
export function insteadOfNode(module: string): string {
  const name = module.replace(/^node:/, "").split("/")[0] ?? "";
  const hints: Readonly<Record<string, string>> = {
    fs: "A SmartModule has no files: import what it needs, as in `import text from './table.csv'`.",
    path: "A SmartModule has no files.",
    os: "A SmartModule runs inside the cluster and sees nothing of the machine.",
    http: "A SmartModule has no network.",
    https: "A SmartModule has no network.",
    net: "A SmartModule has no network.",
    crypto: "Use the global crypto: randomUUID, getRandomValues, and subtle.digest for SHA-256.",
    buffer: "Use Uint8Array with TextEncoder and TextDecoder.",
    util: "TextEncoder, TextDecoder and structuredClone are globals.",
    url: "URL and URLSearchParams are globals.",
    process: "Configuration comes as parameters: `init(params)`.",
    timers: "There are no timers in a SmartModule.",
    child_process: "A SmartModule cannot start programs.",
    worker_threads: "A SmartModule runs in one thread.",
    stream: "Records come one at a time: handle them in the exported functions.",
    events: "The package `events` from npm does the same without Node.",
    assert: "Throw an Error.",
  };
  return hints[name] ?? "A SmartModule runs inside the cluster, without Node.";
}
