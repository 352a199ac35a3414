/** Requests that get no response: most of what SC and SPUs tell each other. */
import { type Codec, type Infer, struct } from "../../codec/index.ts";
import type { Api } from "../../frame.ts";

/** The response that is never sent. */
export const NoResponse = struct("NoResponse", {});
export type NoResponse = Infer<typeof NoResponse>;

/** Declares a one-way request with the single version that is in use. */
export function oneWay<Request>(
  name: string,
  key: number,
  version: number,
  request: Codec<Request>,
): Api<Request, NoResponse> {
  return { name, key, minVersion: 0, maxVersion: version, request, response: NoResponse, stream: false };
}
