// What can be told of a built module without a compiler or a manifest: a part of the package that loads at once.

export { checkAbi } from "./abi.ts";
export { inspectModule, type ModuleInspection } from "./inspect.ts";
export { readSourceMap } from "./source-map.ts";
