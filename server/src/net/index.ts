/** The server side of the wire. */

export { type Call, type Route, route, streamRoute } from "./route.ts";
export { DEFAULT_LIMITS, type ServeOptions, serve, type WireServer } from "./server.ts";
export {
  type ClientConnection,
  PrebuiltBody,
  type RequestContext,
  type ServeLimits,
  type StreamContext,
} from "./types.ts";
