/** Messages between SC and SPUs and among SPUs: only needed to mix own and foreign processes in one cluster. */
export * from "./auth.ts";
export * from "./consumer-offset-log.ts";
export * from "./mirror.ts";
export * from "./one-way.ts";
export * from "./peer.ts";
export * from "./sc.ts";
export * from "./spu.ts";
