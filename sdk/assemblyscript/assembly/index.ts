// The guest library: what a SmartModule imports from "@smdk/assemblyscript".

export { Bytes, Parts } from "./bytes";
export { Json } from "./json";
export { JsonWriter } from "./json-writer";
export { log } from "./logger";
export { Output } from "./output";
export { Params } from "./params";
export { Record } from "./record";
export { Time } from "./time";
