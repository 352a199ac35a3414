/** Fluvio's wire protocol: declared types, frames, errors. */
export * from "./api/api-versions.ts";
export * from "./api/internal/index.ts";
export * from "./api/sc/index.ts";
export * from "./api/spu/index.ts";
export * from "./codec/index.ts";
export * from "./describe.ts";
export * from "./error-code.ts";
export * from "./frame.ts";
export * from "./object/index.ts";
export * from "./record/index.ts";
export * from "./smartmodule/index.ts";
export { wireTypesReference } from "./wire-types.ts";
