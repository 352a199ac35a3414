/** The objects of the control plane: spec and status of every type. */
export * from "./metadata.ts";
export * from "./mirror.ts";
export * from "./mirror-config.ts";
export * from "./partition.ts";
export * from "./replica.ts";
export * from "./replica-key.ts";
export * from "./smartmodule.ts";
export * from "./spu.ts";
export * from "./spu-group.ts";
export * from "./table-format.ts";
export * from "./topic.ts";
