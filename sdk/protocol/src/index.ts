/** Fluvio's wire protocol: declared types, frames, errors. */
export * from "./codec/index.ts";
export * from "./record/index.ts";
