// What the rest of this folder needs of the module that it is built into: here the engine. The shims of programs with
// standard streams put their own in place of this file.

export { copyRecords, free, malloc, realloc } from "../glue/engine";
