/** SmartModules on the wire: invocations, parameters, runtime errors. */
export * from "./invocation.ts";
export * from "./params.ts";
export * from "./runtime-error.ts";
