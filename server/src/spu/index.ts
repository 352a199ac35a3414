// The data plane.
export { DEFAULT_SMARTMODULE_MEMORY, type Spu, type SpuOptions, startSpu } from "./spu.ts";
